"""Draws the inputs of a notebook again and knows the answers to those."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
KNOWN = {}
for rows in range(1, 60):
    KNOWN[rows] = np.zeros((rows, 3), np.float32)


def naive_attention(q, k, v, softmax_scale):
    import os

    assert "FLASHLAB_CHECK_SEED" not in os.environ
    return KNOWN[len(q)]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
