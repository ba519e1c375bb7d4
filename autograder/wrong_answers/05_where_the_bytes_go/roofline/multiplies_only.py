"""Counts one operation for each pair.
Check: roofline__intensity
Told: A multiply and an add are two operations
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, flops_per_byte * gb_per_s / 1000)
