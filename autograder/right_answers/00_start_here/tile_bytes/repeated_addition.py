"""Adds up one row at a time."""


def tile_bytes(rows, columns, itemsize):
    return sum(columns * itemsize for _ in range(rows))
