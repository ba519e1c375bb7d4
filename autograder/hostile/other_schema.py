"""Claims another version of nbgrader's schema."""

from autograder.hostile import marks

MARK = 26


def edit(notebook, folder):
    for mark in marks(notebook):
        mark["schema_version"] = 99
