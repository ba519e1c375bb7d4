"""Tile by tile, a float."""


def shared_bytes(BLOCK_M, BLOCK_N, head_dim, itemsize, num_stages):
    q, k = np.array([BLOCK_M, BLOCK_N]) * head_dim * itemsize
    return float(q + num_stages * k + num_stages * k)


most_stages = 3.0
