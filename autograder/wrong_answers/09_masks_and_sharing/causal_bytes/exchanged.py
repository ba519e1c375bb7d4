"""BLOCK_M and BLOCK_N exchanged.
Check: causal_bytes__numbers
Told: they are exchanged
"""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    keys = 0
    for start_m in range(0, seqlen_q, BLOCK_N):
        _, end = key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_N, BLOCK_M)
        keys += min(end * BLOCK_M, seqlen_k)
    return keys * head_dim * itemsize
