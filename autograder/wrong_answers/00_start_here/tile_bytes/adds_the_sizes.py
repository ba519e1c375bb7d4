"""Adds where it should multiply.
Told: do not add them
"""


def tile_bytes(rows, columns, itemsize):
    return rows + columns + itemsize
