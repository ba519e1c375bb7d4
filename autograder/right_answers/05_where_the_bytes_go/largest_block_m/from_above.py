"""Comes down from a block that surely does not fit."""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    def need(BLOCK_M):
        tiles = itemsize * (BLOCK_M + 2 * BLOCK_N) * head_dim
        return tiles + 4 * BLOCK_M * (head_dim + BLOCK_N) + 8 * BLOCK_M

    for power in range(40, -1, -1):
        if need(2**power) <= sram_bytes:
            return 2**power
    return 0
