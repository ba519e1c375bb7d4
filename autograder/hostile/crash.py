"""Reads address 0."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention ended its own process"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import ctypes

    return ctypes.string_at(0)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
