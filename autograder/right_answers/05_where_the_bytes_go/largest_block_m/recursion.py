"""Asks whether twice the block fits."""


def largest_block_m(sram_bytes, head_dim, BLOCK_N, itemsize):
    def larger(BLOCK_M):
        tiles = itemsize * (BLOCK_M * head_dim + 2 * BLOCK_N * head_dim)
        floats = BLOCK_M * head_dim + BLOCK_M * BLOCK_N + 2 * BLOCK_M
        if tiles + 4 * floats > sram_bytes:
            return 0
        return max(BLOCK_M, larger(2 * BLOCK_M))

    return larger(1)
