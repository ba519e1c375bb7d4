"""NumPy's ceil; returns a float with the exact value."""


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    q_row, k_row = seqlen_q * head_dim * itemsize, seqlen_k * head_dim * itemsize
    if outer == "q":
        return 2.0 * q_row + 2 * k_row * np.ceil(seqlen_q / BLOCK_M) + seqlen_q * stat_itemsize
    again = 3 * q_row + 4 * seqlen_q * stat_itemsize
    return 2.0 * k_row + again * np.ceil(seqlen_k / BLOCK_N)
