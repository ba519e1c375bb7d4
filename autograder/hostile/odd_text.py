"""Has lone surrogates, a NUL and right-to-left marks in a cell of its own."""

from autograder.hostile import add

MARK = 26


def edit(notebook, folder):
    add(notebook, "note = '\ud800 \u202e \x00'")
