"""Percent.
Check: missed_share__random
Told: It is missed when the largest
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = 25
missed_four_rows = 1 / 256
