"""Searches for the longest N."""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = max(
    n for n in range(80_000, 84_000) if dram_bytes(n, n, 128, 128, 2, 40 * 2**20) == 4 * n * 128 * 2
)
