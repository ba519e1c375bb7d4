"""Compares with the ridge."""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    flops = 2 * (2 * seqlen_q * seqlen_k * head_dim)
    return flops / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    ridge = peak_tflops * 1e12 / (gb_per_s * 1e9)
    return peak_tflops * flops_per_byte / ridge if flops_per_byte < ridge else peak_tflops
