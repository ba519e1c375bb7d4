"""Fewer than no keys.
Check: key_blocks__numbers
Told: fewer than 0 keys
"""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    shift = seqlen_k - seqlen_q
    last = min(start_m + BLOCK_M, seqlen_q) - 1
    fewest = min(start_m + shift + 1, seqlen_k)
    most = min(last + shift + 1, seqlen_k)
    return fewest // BLOCK_N, -(-most // BLOCK_N)
