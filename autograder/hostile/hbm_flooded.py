"""Reads one number of HBM for ever."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention_hbm"
SOURCE = """
def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    while True:
        q[0:1, 0:1]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "naive_attention_hbm")
