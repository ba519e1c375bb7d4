"""Returns the largest number of rows.
Told: it is not a power of two
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    return max(0, (sram_bytes - fixed) // row)
