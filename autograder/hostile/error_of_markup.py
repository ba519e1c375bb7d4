"""Raises errors whose names and texts are markup, formulas and escapes."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention raised"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    kind = type("<script>alert(1)</script>", (Exception,), {})
    raise kind("=HYPERLINK(1)<img src=x onerror=alert(1)>\x1b[2J\u202e" + "A" * 10_000)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
