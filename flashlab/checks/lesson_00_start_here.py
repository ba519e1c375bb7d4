"""Checks of lesson 00: one line of code, so that the first exercise is the exercise itself."""

from __future__ import annotations

from flashlab.checks import harness


def tile_bytes__any_size(tile_bytes) -> None:
    """A tile of rows x columns elements takes rows * columns * itemsize bytes."""
    for rows, columns, itemsize in ((64, 32, 2), (128, 64, 4), (harness.vary(17, 9), 5, 2)):
        expected = rows * columns * itemsize
        hypotheses = [
            (
                "That is the number of elements. Multiply by itemsize, the bytes of one.",
                rows * columns,
            ),
            ("Multiply the three sizes, do not add them.", rows + columns + itemsize),
            ("That is the size of one row. How many rows are there?", columns * itemsize),
            ("That is the size of one column. How many columns are there?", rows * itemsize),
            ("Count bytes, not bits.", 8 * expected),
        ]
        on = f"rows = {rows}, columns = {columns}, itemsize = {itemsize}"
        harness.number(tile_bytes, (rows, columns, itemsize), expected, on, hypotheses)
    harness.passed("the size of three tiles is right to the byte")
