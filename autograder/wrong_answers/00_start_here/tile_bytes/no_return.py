"""Forgets the return.
Told: returned NoneType
"""


def tile_bytes(rows, columns, itemsize):
    rows * columns * itemsize
