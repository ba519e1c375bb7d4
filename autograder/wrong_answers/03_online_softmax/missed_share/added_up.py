"""Four shares added.
Check: missed_share__random
Told: multiply
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = 1 / 4
missed_four_rows = 1
