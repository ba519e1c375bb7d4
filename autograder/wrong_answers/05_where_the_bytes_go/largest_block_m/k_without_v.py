"""Forgets the tile of V.
Told: K and V are two tiles
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    BLOCK_M = 1
    while fixed + BLOCK_M * row <= sram_bytes:
        BLOCK_M *= 2
    return BLOCK_M // 2
