"""Raises SystemExit in the function."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention raised SystemExit"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    raise SystemExit(0)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
