"""Adds cells whose syntax trees would fill the memory."""

from autograder.hostile import add

MARK = 26


def edit(notebook, folder):
    for _ in range(2):
        add(notebook, "if 0:\n" + " a = 1\n" * 32_000, before="four-tokens")
