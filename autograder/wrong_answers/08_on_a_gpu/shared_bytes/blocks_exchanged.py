"""BLOCK_M and BLOCK_N exchanged.
Check: shared_bytes__formula
Told: BLOCK_M rows are Q's
"""


def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    return (BLOCK_N + 2 * num_stages * BLOCK_M) * head_dim * itemsize


# BLOCK_M = BLOCK_N = 128, head_dim 128, float16: the most stages that 227 KB have room for
most_stages = 3
