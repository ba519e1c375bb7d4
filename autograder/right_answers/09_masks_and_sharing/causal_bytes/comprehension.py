"""A sum."""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    starts = range(0, seqlen_q, BLOCK_M)
    ends = [key_blocks(i, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N)[1] for i in starts]
    return sum(min(BLOCK_N * n, seqlen_k) for n in ends) * itemsize * head_dim
