"""The ragged last block counts as whole.
Check: key_blocks__numbers
Told: The ragged last block is not whole
"""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    shift = seqlen_k - seqlen_q
    last = min(start_m + BLOCK_M, seqlen_q) - 1
    fewest = min(max(start_m + shift + 1, 0), seqlen_k)
    most = min(max(last + shift + 1, 0), seqlen_k)
    whole = -(-fewest // BLOCK_N) if fewest == seqlen_k else fewest // BLOCK_N
    return whole, -(-most // BLOCK_N)
