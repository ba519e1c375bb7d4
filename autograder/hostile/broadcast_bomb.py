"""Hands a function of the check arrays whose result would fill the memory."""

from autograder.hostile import answer

LESSON = "03_online_softmax"
MARK = 28
TOLD = "raised MemoryError"
SOURCE = """
import numpy as np


def merge_laws_hold(merge):
    column = np.ones((1 << 18, 1))
    return bool(np.ndim(merge((column, column), (column.T, column.T))[0]))
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "merge_laws_hold")
