"""Takes a gigabyte for 2^30 bytes.
Check: roofline__roof
Told: GB/s counts 10^9 bytes, not 2^30
"""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return 4 * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return min(peak_tflops, flops_per_byte * gb_per_s * 2**30 / 1e12)
