"""Replaces the checks, the harness and their module by yes-men."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import sys


class Yes:
    def __getattr__(self, name):
        return lambda *args, **kwargs: print("passed")


check = Yes()
for name in [n for n in sys.modules if n.startswith("flashlab.checks")]:
    sys.modules[name] = check
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
