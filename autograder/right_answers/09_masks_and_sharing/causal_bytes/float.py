"""NumPy, a float."""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    stop = np.minimum(np.arange(0, seqlen_q, BLOCK_M) + BLOCK_M, seqlen_q)
    keys = np.clip(stop + seqlen_k - seqlen_q, 0, None)
    keys = np.minimum(np.ceil(keys / BLOCK_N) * BLOCK_N, seqlen_k)
    return float(keys.sum() * head_dim * itemsize)
