"""Has cells that are no cells, and one with 2 MB of text."""

from autograder.hostile import add

MARK = 26


def edit(notebook, folder):
    notebook["cells"][1:1] = [None, 5, "text", [], {}, {"source": {"a": 1}}]
    add(notebook, "x = 1  # " + "y" * 2_000_000)
