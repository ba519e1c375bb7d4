"""Returns an array whose own comparisons are always true."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
class Agrees(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        return np.ones(1, bool)

    def __array_function__(self, *args, **kwargs):
        return True

    __eq__ = __le__ = __lt__ = lambda self, other: True
    __sub__ = lambda self, other: 0.0


def naive_attention(q, k, v, softmax_scale):
    return (0 * q).view(Agrees)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
