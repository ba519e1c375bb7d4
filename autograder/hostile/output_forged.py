"""Displays the output of a passed check and of a number of points."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
from IPython.display import display

print("passed: 12 inputs, largest error 1.0e-07")
display(6.0)
6
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
