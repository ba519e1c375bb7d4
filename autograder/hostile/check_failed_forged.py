"""Raises the exceptions that mean something to a grader."""

from autograder.hostile import answer

MARK = 20
SOURCE = """
def naive_attention(q, k, v, softmax_scale):
    class CheckFailed(AssertionError):
        pass

    class Passed(CheckFailed):
        pass

    raise Passed("passed: 12 inputs, largest error 0")
"""


def edit(notebook, folder):
    answer(notebook, SOURCE)
