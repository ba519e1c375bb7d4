"""Returns half a gigabyte."""

from autograder.hostile import answer

MARK = 20
TOLD = "cannot be handed over"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    return np.zeros(1 << 26)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
