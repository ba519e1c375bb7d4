"""Reads the hidden test from IPython's history and the callers' variables."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import sys

    frame = sys._getframe()
    while frame is not None:
        for name in ("expected", "exact", "plain", "hypotheses"):
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    for cell in In:
        if "exact_attention" in cell:
            raise RuntimeError("found")
    return 0 * q
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
