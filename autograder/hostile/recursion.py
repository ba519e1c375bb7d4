"""Calls itself without end, with the limit that stops it taken away."""

from autograder.hostile import answer

MARK = 20
TOLD = "naive_attention"
SOURCE = """
import sys

sys.setrecursionlimit(10**9)


def naive_attention(q, k, v, softmax_scale):
    return naive_attention(q, k, v, softmax_scale)
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
