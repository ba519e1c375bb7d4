"""Takes as many queries as keys.
Check: roofline__intensity
Told: Queries and keys may differ in number
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_k * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, flops_per_byte * gb_per_s / 1000)
