"""Takes the larger of the two.
Check: roofline__roof
Told: take the smaller
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return max(peak_tflops, flops_per_byte * gb_per_s / 1000)
