"""Forgets the tiles of K and V.
Told: The tiles of K and V are forgotten
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = 0
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    BLOCK_M = 1
    while fixed + BLOCK_M * row <= sram_bytes:
        BLOCK_M *= 2
    return BLOCK_M // 2
