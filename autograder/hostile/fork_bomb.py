"""Starts processes as fast as it can."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
"""


def edit(notebook, folder):
    add(notebook, SOURCE)
