"""Returns the peak.
Check: roofline__roof
Told: Below the ridge the bandwidth decides
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return peak_tflops
