"""NumPy's minimum."""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    pairs = seqlen_q * seqlen_k
    return pairs * (2 * head_dim + 2 * head_dim) / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    return np.minimum(peak_tflops * 1000, gb_per_s * flops_per_byte) / 1000
