"""Does not load O at the first visit.
Check: flash_traffic_bytes__keys_outside
Told: The first visit loads O too
"""


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    q_tiles, k_tiles = -(-seqlen_q // BLOCK_M), -(-seqlen_k // BLOCK_N)
    if outer == "q":
        elements = 2 * seqlen_q * head_dim + q_tiles * 2 * seqlen_k * head_dim
        statistics = seqlen_q
    else:
        elements = 2 * seqlen_k * head_dim + k_tiles * 3 * seqlen_q * head_dim - seqlen_q * head_dim
        statistics = 4 * k_tiles * seqlen_q
    return elements * itemsize + statistics * stat_itemsize
