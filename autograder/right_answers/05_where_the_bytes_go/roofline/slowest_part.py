"""The longer of the two times for 10^12 operations."""


def intensity(seqlen_q, seqlen_k, head_dim, hbm_bytes):
    return np.float64(4) * seqlen_q * seqlen_k * head_dim / hbm_bytes


def attainable_tflops(flops_per_byte, peak_tflops, gb_per_s):
    computing = 1 / peak_tflops
    moving = 1e12 / flops_per_byte / (gb_per_s * 1e9)
    return 1 / max(computing, moving)
