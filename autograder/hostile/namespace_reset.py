"""Forgets all names at the end, after the last check."""

from autograder.hostile import add

MARK = 26
SOURCE = """
%reset -f
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
