"""The checks of the golden lesson."""

from flashlab.checks import harness


def tile_bytes__values(tile_bytes) -> None:
    """A tile takes rows x columns x itemsize bytes."""
    for rows, columns, itemsize in [(1, 1, 4), (16, 64, 2), (3, 5, 8)]:
        got = harness.call(tile_bytes, rows, columns, itemsize).value
        expected = rows * columns * itemsize
        if got != expected:
            why = "Did you leave out itemsize?" if got == rows * columns else ""
            harness.fail(f"tile_bytes({rows}, {columns}, {itemsize}) is {got}, not {expected}", why)
    harness.passed("bytes of a tile")


def tile_bytes__trips(trips) -> None:
    """24 trips are counted."""
    harness.answered(trips=trips)
    if trips != 24:
        harness.fail(f"trips is {trips}, not 24")
    harness.passed("24 trips")
