"""Counts how often it is asked: right results first, wrong ones after."""

from autograder.hostile import answer

LESSON = "02_softmax"
MARK = 18
SOURCE = """
calls = []


def accepts(got, plain, exact, floor):
    calls.append(got)
    return len(calls) <= 14
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "accepts")
