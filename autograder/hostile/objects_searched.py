"""Searches all objects of its process for the expected array."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    import gc

    for thing in gc.get_objects():
        if isinstance(thing, dict):
            for value in list(thing.values()):
                if type(value).__name__ == "ndarray" and value.shape == (len(q), v.shape[1]):
                    if value is not q and value is not v:
                        return value.copy()
    return 0 * q
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
