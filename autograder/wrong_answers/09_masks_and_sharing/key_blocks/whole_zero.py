"""Every visited block gets a mask.
Check: key_blocks__numbers
Told: whole is not 0
"""


def key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N):
    shift = seqlen_k - seqlen_q
    last = min(start_m + BLOCK_M, seqlen_q) - 1
    most = min(max(last + shift + 1, 0), seqlen_k)
    return 0, -(-most // BLOCK_N)
