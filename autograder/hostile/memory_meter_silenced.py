"""Builds all scores at once and makes Python's own meter of memory say what a tile would take."""

from autograder.hostile import add, answer

LESSON = "04_tiles"
MARK = 25
TOLD = "The whole N x N matrix takes"
SOURCE = """
import tracemalloc

tracemalloc.get_traced_memory = lambda: (0, 40_000)
"""
ANSWER = """
def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    s = softmax_scale * (q @ k.T)
    m = s.max(axis=1, keepdims=True)
    p = np.exp(s - m)
    l = p.sum(axis=1, keepdims=True)
    return p @ v / l, (m + np.log(l))[:, 0]
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="hand_trace_tiles")
    answer(notebook, ANSWER, "tiled_attention")
