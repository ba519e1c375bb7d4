"""The share that shows it.
Check: missed_share__random
Told: That is the share that shows it
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 1
missed_random = 3 / 4
missed_four_rows = 1 / 256
