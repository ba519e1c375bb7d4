"""Counts how often its test is called, and knows that the wrong ones come first."""

from autograder.hostile import answer

LESSON = "03_online_softmax"
MARK = 30
TOLD = "the right ones too"
SOURCE = """
calls = []


def merge_laws_hold(merge):
    calls.append(merge)
    return len(calls) > 22
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "merge_laws_hold")
