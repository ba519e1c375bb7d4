"""Ascending and descending turned round.
Check: missed_share__sorted
Told: Each block brings a new maximum
"""

missed_ascending = 1
missed_descending = 0
missed_equal = 1
missed_random = 1 / 4
missed_four_rows = 1 / 256
