"""Returns arrays of objects, of records, and of 2**30 by 0 numbers."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    return (q.astype(object), np.zeros(q.shape, "f4,O"), np.empty((2**30, 0)))[len(q) % 3]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
