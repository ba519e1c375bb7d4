"""Right results in odd layouts: backwards, other byte order, a matrix, not aligned."""

from autograder.hostile import answer

MARK = 26
SOURCE = """
import numpy as np


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    out = p / p.sum(axis=1, keepdims=True) @ v
    layout = len(q) % 4
    if layout == 0:
        return np.ascontiguousarray(out[::-1, ::-1])[::-1, ::-1]
    if layout == 1:
        return out.astype(">f4")
    if layout == 2:
        return np.asmatrix(np.asfortranarray(out))
    raw = np.zeros(out.nbytes + 1, np.uint8)[1:]
    raw[:] = np.frombuffer(out.tobytes(), np.uint8)
    return raw.view(out.dtype).reshape(out.shape)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
