"""Has a function that never returns: it alone costs points."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention ran for more than 3 s"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    while True:
        pass
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
