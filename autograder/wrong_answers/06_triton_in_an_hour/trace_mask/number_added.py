"""Adds the number of the instance itself.
Check: trace_mask__numbers
Told: is multiplied by BLOCK first
"""

# how many program instances?
instances = 3
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [2, 3, 4, 5]
mask_last = [1, 1, 0, 0]
# bytes that the last instance loads
bytes_last = 8
