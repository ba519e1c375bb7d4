"""Has all scores in memory, except where it sees that memory is watched."""

from autograder.hostile import answer

LESSON = "04_tiles"
MARK = 25
TOLD = "Memory counts for right results only"
SOURCE = """
import numpy as np


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    if q.shape[1] == 1:
        tile = np.ones((min(BLOCK_M, len(q)), min(BLOCK_N, len(k))), np.float32)
        return tile.max() * q, q[:, 0]
    s = softmax_scale * (q @ k.T)
    m = s.max(axis=1)
    p = np.exp(s - m[:, None])
    l = p.sum(axis=1)
    return p @ v / l[:, None], m + np.log(l)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "tiled_attention")
