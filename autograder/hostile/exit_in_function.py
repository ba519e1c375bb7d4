"""Ends its process when it is called: it alone costs points."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention ended its own process"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import os

    os._exit(0)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
