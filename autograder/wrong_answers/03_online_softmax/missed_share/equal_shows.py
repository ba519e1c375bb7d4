"""Equal scores taken to show it.
Check: missed_share__sorted
Told: Equal scores do not move the maximum
"""

missed_ascending = 0
missed_descending = 1
missed_equal = 0
missed_random = 1 / 4
missed_four_rows = 1 / 256
