"""Adds the time of computing and of moving.
Check: roofline__roof
Told: The two limits do not add up
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return 1 / (1 / peak_tflops + 1000 / (flops_per_byte * gb_per_s))
