"""Tries no block above 256.
Told: BLOCK_M has no upper limit but the board
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    sizes = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    return max((b for b in sizes if fixed + b * row <= sram_bytes), default=0)
