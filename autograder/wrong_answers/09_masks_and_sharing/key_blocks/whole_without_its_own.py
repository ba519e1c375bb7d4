"""whole without the first query's own key; end is right.
Check: key_blocks__numbers
Told: without the first query's own key
"""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    shift = seqlen_k - seqlen_q
    last = min(start_m + BLOCK_M, seqlen_q) - 1
    fewest = min(max(start_m + shift, 0), seqlen_k)
    most = min(max(last + shift + 1, 0), seqlen_k)
    return fewest // BLOCK_N, -(-most // BLOCK_N)
