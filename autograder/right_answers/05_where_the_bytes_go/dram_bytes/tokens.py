"""Asks for how many tokens L2 has room."""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    token = 2 * head_dim * itemsize
    times = np.where(seqlen_k <= l2_bytes // token, 1, np.ceil(seqlen_q / BLOCK_M))
    return float(token * (seqlen_q + times * seqlen_k))
