"""Ends its process in a cell before everything else."""

from autograder.hostile import add

MARK = 26
TOLD = "a cell ended its own process"
SOURCE = """
import os

os._exit(0)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
