"""Says that no cell is graded."""

from autograder.hostile import marks

MARK = 26


def edit(notebook, folder):
    for mark in marks(notebook):
        mark["grade"] = False
