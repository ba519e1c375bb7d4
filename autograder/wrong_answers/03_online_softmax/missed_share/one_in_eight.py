"""One score of eight.
Check: missed_share__random
Told: either of the two
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = 1 / 8
missed_four_rows = 1 / 256
