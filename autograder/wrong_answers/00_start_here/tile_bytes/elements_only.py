"""Counts elements, not bytes.
Told: That is the number of elements
"""


def tile_bytes(rows, columns, itemsize):
    return rows * columns
