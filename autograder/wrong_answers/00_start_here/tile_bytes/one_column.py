"""The size of one column.
Told: How many columns are there?
"""


def tile_bytes(rows, columns, itemsize):
    return rows * itemsize
