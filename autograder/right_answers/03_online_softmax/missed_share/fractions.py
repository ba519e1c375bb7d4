"""Exact fractions."""

from fractions import Fraction

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = Fraction(1, 4)
missed_four_rows = Fraction(1, 4) ** 4
