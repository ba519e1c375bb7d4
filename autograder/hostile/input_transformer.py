"""Replaces the text of every later cell before IPython runs it."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
get_ipython().input_transformers_cleanup.append(lambda lines: ["pass\n"])
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
