"""Returns a list nested a thousand deep, which holds itself."""

from autograder.hostile import answer

MARK = 20
TOLD = "cannot be handed over"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    deep = []
    deep.append(deep)
    return deep
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
