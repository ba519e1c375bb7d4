"""Writes warnings to stderr."""

from autograder.hostile import add

MARK = 26
SOURCE = """
import sys
import warnings

warnings.warn("this is deprecated")
print("hm", file=sys.stderr)
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
