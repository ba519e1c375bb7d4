"""Loads the reference's file past the import system."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import pathlib
    import flashlab

    scope = {}
    exec((pathlib.Path(flashlab.__file__).parent / "reference.py").read_text(), scope)
    return scope["attention"](q, k, v, softmax_scale).astype(q.dtype)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
