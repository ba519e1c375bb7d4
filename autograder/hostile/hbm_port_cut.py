"""Answers its own reads and writes of HBM, so that nothing is counted."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    class Port:
        def read(self, name, region, *more):
            return np.zeros([b - a for a, b in region], np.float32)

        def write(self, *args):
            pass

    for array in (q, k, v, s, p, out):
        array._port = Port()
    tile = q[:] @ k[:].T
    out[:] = tile @ v[:]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "naive_attention_hbm")
