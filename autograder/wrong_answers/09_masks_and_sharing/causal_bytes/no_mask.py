"""All keys for every tile.
Check: causal_bytes__numbers
Told: That is without a mask
"""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    keys = 0
    for _ in range(0, seqlen_q, BLOCK_M):
        keys += seqlen_k
    return keys * head_dim * itemsize
