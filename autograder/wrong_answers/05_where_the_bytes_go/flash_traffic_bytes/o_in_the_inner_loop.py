"""Stores O at every tile of keys.
Check: flash_traffic_bytes__queries_outside
Told: Q is loaded before the inner loop, O stored after it
"""


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    if outer == "q":
        visits = -(-seqlen_q // BLOCK_M)
        elements = 2 * seqlen_q * head_dim + visits * 2 * seqlen_k * head_dim
        elements += (-(-seqlen_k // BLOCK_N) - 1) * seqlen_q * head_dim
        statistics = seqlen_q
    else:
        visits = -(-seqlen_k // BLOCK_N)
        elements = 2 * seqlen_k * head_dim + visits * 3 * seqlen_q * head_dim
        statistics = visits * 4 * seqlen_q
    return elements * itemsize + statistics * stat_itemsize
