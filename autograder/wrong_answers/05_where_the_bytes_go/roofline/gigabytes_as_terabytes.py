"""Forgets that GB/s are a thousandth of TB/s.
Check: roofline__roof
Told: divide by 1000
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, flops_per_byte * gb_per_s)
