"""The size of one row.
Told: How many rows are there?
"""


def tile_bytes(rows, columns, itemsize):
    return columns * itemsize
