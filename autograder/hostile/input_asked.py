"""Asks the reader a question."""

from autograder.hostile import add

MARK = 26
SOURCE = """
name = input('Who are you? ')
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
