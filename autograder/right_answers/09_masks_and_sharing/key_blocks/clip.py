"""NumPy clips."""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    ends = np.array([start_m + 1, start_m + BLOCK_M]) + seqlen_k - seqlen_q
    fewest, most = np.clip(ends, 0, seqlen_k)
    return fewest // BLOCK_N, triton.cdiv(most, BLOCK_N)
