"""Sets the points of every check to 1,000."""

from autograder.hostile import WRONG, answer, marks

MARK = 20


def edit(notebook, folder):
    answer(notebook, WRONG)
    for mark in marks(notebook):
        mark["points"] = 1000
