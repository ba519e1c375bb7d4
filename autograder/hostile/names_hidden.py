"""Hides names that later cells use behind its own."""

from autograder.hostile import add

MARK = 26
SOURCE = """
print = display = None
check = None
__name__ = 'other'
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
