"""Draws the mask and looks at it."""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    i = np.arange(start_m, min(start_m + BLOCK_M, seqlen_q))[:, None]
    whole = end = 0
    for block in range(triton.cdiv(seqlen_k, BLOCK_N)):
        j = block * BLOCK_N + np.arange(BLOCK_N)[None, :]
        seen = (j <= i + seqlen_k - seqlen_q) & (j < seqlen_k)
        whole += int(seen.all())
        end += int(seen.any())
    return whole, end
