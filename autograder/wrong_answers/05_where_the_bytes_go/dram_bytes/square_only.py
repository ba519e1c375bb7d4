"""Takes as many queries as keys.
Told: The lengths differ
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = 1 if kv_bytes <= l2_bytes else -(-seqlen_q // BLOCK_M)
    return visits * 2 * seqlen_q * head_dim * itemsize + 2 * seqlen_q * head_dim * itemsize
