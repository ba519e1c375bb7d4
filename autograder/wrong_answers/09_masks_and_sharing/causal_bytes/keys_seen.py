"""Keys that are seen, not whole blocks.
Check: causal_bytes__numbers
Told: Those are the keys that are seen
"""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    keys = 0
    for start_m in range(0, seqlen_q, BLOCK_M):
        _, end = key_blocks(start_m, seqlen_q, seqlen_k, BLOCK_M, BLOCK_N)
        keys += min(max(min(start_m + BLOCK_M, seqlen_q) + seqlen_k - seqlen_q, 0), seqlen_k)
    return keys * head_dim * itemsize
