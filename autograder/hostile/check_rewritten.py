"""Replaces the checks' cells by cells that pass."""

from autograder.hostile import WRONG, answer

MARK = 20


def edit(notebook, folder):
    answer(notebook, WRONG)
    for c in notebook["cells"]:
        if "__" in c["id"]:
            c["source"] = "print('passed')"
