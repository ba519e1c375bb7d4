"""Returns a dictionary of a million things."""

from autograder.hostile import answer

MARK = 20
TOLD = "cannot be handed over"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    return {i: str(i) for i in range(1_000_000)}
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
