"""Warns whenever it is called, and is right."""

from autograder.hostile import answer

MARK = 26
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import sys, warnings

    warnings.warn("deprecated")
    sys.stderr.write("hm")
    s = softmax_scale * (q @ k.T)
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
