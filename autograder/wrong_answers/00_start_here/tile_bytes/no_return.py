"""Forgets the return.
Told: returned None
"""


def tile_bytes(rows, columns, itemsize):
    rows * columns * itemsize
