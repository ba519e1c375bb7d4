"""Counts bits.
Told: Count bytes, not bits
"""


def tile_bytes(rows, columns, itemsize):
    return rows * columns * itemsize * 8
