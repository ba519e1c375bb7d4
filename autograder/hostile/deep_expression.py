"""Adds an expression so deep that reading it exhausts the stack."""

from autograder.hostile import add

MARK = 26


def edit(notebook, folder):
    add(notebook, "total = " + "1 + " * 20_000 + "1", before="four-tokens")
    add(notebook, "total = " + "-" * 50_000 + "1", before="four-tokens")
    add(notebook, "total = 1 if 1 else " * 2_000 + "1", before="four-tokens")
