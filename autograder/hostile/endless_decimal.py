"""Answers with a decimal whose digits would fill the memory."""

from autograder.hostile import answer

MARK = 25
SOURCE = """
from decimal import Decimal

exp_scores_row2 = [1, 2, 2, Decimal("1e999999999")]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 12, 8, 10
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "hand_trace")
