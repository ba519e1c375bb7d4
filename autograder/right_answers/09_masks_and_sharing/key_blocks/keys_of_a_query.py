"""A helper, and a list."""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    def keys(i):
        return max(0, min(seqlen_k, seqlen_k - (seqlen_q - 1 - i)))

    stop = min(start_m + BLOCK_M, seqlen_q)
    counts = [keys(i) for i in range(start_m, stop)]
    return [min(counts) // BLOCK_N, (max(counts) + BLOCK_N - 1) // BLOCK_N]
