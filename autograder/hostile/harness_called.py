"""Calls the harness's own attention, which is meant to judge."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    from flashlab.checks import harness

    return harness.plain_attention(q, k, v, softmax_scale)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
