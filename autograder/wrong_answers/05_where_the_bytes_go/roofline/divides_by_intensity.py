"""Divides the bandwidth by the intensity.
Check: roofline__roof
Told: Multiply by the intensity
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, gb_per_s / 1000 / flops_per_byte)
