"""Forgets head_dim.
Check: roofline__intensity
Told: Each score takes head_dim multiply-adds
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, flops_per_byte * gb_per_s / 1000)
