"""Has a cell that never ends, first of all."""

from autograder.hostile import add

MARK = 26
TOLD = "a cell ran for more than 3 s"
SOURCE = """
while True:
    pass
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
