"""Calls the course's reference, with the profiler that watches for it off."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import sys

    sys.setprofile(None)
    from flashlab import reference

    return reference.attention(q, k, v, softmax_scale).astype(q.dtype)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
