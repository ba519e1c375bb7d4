"""The highest bit of the number of rows that fit."""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    rows = max(0, (sram_bytes - fixed) // row)
    return 1 << rows.bit_length() - 1 if rows else 0
