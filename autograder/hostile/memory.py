"""Takes all the memory that there is."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention"
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    kept = []
    while True:
        kept.append(np.ones(1 << 22))
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
