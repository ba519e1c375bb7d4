"""Block by block, without key_blocks."""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    total = 0
    for last in [*range(BLOCK_M - 1, seqlen_q - 1, BLOCK_M), seqlen_q - 1]:
        for j in range(0, seqlen_k, BLOCK_N):
            if j <= last + seqlen_k - seqlen_q:
                total += len(range(seqlen_k)[j : j + BLOCK_N]) * head_dim * itemsize
    return total
