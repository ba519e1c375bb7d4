"""Loads Q once, keys outside.
Check: flash_traffic_bytes__keys_outside
Told: Q crosses at every visit
"""


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    if outer == "q":
        visits = -(-seqlen_q // BLOCK_M)
        elements = 2 * seqlen_q * head_dim + visits * 2 * seqlen_k * head_dim
        statistics = seqlen_q
    else:
        visits = -(-seqlen_k // BLOCK_N)
        elements = 2 * seqlen_k * head_dim + seqlen_q * head_dim + visits * 2 * seqlen_q * head_dim
        statistics = visits * 4 * seqlen_q
    return elements * itemsize + statistics * stat_itemsize
