"""Reads K once for show and once more past the counter."""

from autograder.hostile import answer

MARK = 23
TOLD = "k crosses 2 times its size"
SOURCE = """
def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    k_tile = k[:]
    k_tile = k._port.read("k", ((0, k.shape[0]), (0, k.shape[1])))
    s[:] = softmax_scale * (q[:] @ np.asarray(k_tile).T)
    tile = s[:]
    e = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = e / e.sum(axis=1, keepdims=True)
    out[:] = p[:] @ v[:]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "naive_attention_hbm")
