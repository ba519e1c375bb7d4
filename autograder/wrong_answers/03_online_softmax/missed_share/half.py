"""Half.
Check: missed_share__random
Told: equally likely to be in any of the blocks
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = 0.5
missed_four_rows = 1 / 256
