"""Answers with a range that would be a list of a billion numbers."""

from autograder.hostile import answer

MARK = 25
SOURCE = """
exp_scores_row2 = range(10**9)
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 12, 8, 10
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "hand_trace")
