"""Returns a NumPy integer."""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return np.prod([2, 2, seqlen_q, seqlen_k, head_dim], dtype=np.int64)
