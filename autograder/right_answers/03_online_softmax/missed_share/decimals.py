"""Decimals."""

missed_ascending = 0.0
missed_descending = 1.0
missed_equal = 1
missed_random = 0.25
missed_four_rows = 0.0039
