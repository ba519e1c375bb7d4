"""Descending taken to show it.
Check: missed_share__sorted
Told: After the first block no maximum is new
"""

missed_ascending = 0
missed_descending = 0
missed_equal = 1
missed_random = 1 / 4
missed_four_rows = 1 / 256
