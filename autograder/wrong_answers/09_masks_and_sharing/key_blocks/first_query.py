"""end from the first query.
Check: key_blocks__numbers
Told: set by the tile's last query
"""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    shift = seqlen_k - seqlen_q
    fewest = min(max(start_m + shift + 1, 0), seqlen_k)
    return fewest // BLOCK_N, -(-fewest // BLOCK_N)
