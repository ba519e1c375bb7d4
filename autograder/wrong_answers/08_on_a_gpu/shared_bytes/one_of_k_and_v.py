"""Forgets that K and V both have tiles.
Check: shared_bytes__formula
Told: K and V have a tile each
"""


def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    return (BLOCK_M + num_stages * BLOCK_N) * head_dim * itemsize


# BLOCK_M = BLOCK_N = 128, head_dim 128, float16: the most stages that 227 KB have room for
most_stages = 3
