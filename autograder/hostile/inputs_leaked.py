"""Raises an error whose text is the hidden input, many times over."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention raised ValueError"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    print(q.tolist())
    raise ValueError(str(q.tolist()) * 1000)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
