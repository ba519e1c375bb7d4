"""Prints 100 MB past Python, to every descriptor that is a terminal's."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import os

for _ in range(100):
    for fd in (1, 2):
        os.write(fd, b"x" * 1_000_000)
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
