"""Rows first."""


def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    rows = BLOCK_M
    for _ in range(num_stages):
        rows += BLOCK_N + BLOCK_N
    return rows * (head_dim * itemsize)


most_stages = max(s for s in range(1, 9) if shared_bytes(128, 128, 128, 2, s) <= 227 * 1024)
