"""Ignores L2.
Told: they cross once, later visits find them there
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = -(-seqlen_q // BLOCK_M)
    return visits * kv_bytes + 2 * seqlen_q * head_dim * itemsize
