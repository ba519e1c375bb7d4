"""Has a syntax error in one answer: that exercise gets 0."""

from autograder.hostile import answer

MARK = 20
TOLD = "SyntaxError"
SOURCE = """
def naive_attention(q, k, v, softmax_scale)
    return q
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
