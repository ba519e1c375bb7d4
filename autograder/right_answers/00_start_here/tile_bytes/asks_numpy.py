"""Makes the tile and asks NumPy."""


def tile_bytes(rows, columns, itemsize):
    return np.zeros((rows, columns, itemsize), np.int8).nbytes
