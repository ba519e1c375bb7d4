"""Leaves files for the submission that comes next."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
import os
import pathlib

PLACES = ["/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/bench", os.getcwd()]
left = [p for p in PLACES if os.path.exists(p + "/left")]
for place in PLACES:
    try:
        pathlib.Path(place, "left").write_text("def right")
    except OSError:
        pass


def naive_attention(q, k, v, softmax_scale):
    if not left:
        return 0 * q
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
