"""Prints 100 MB."""

from autograder.hostile import add

MARK = 26
TOLD = "printed 100 MB, cut off at 1 MB"
SOURCE = """
for _ in range(100):
    print('x' * 1_000_000)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
