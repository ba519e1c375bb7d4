"""1 for the lanes that are off.
Check: trace_mask__numbers
Told: 1 means on
"""

# how many program instances?
instances = 3
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [8, 9, 10, 11]
mask_last = [0, 0, 1, 1]
# bytes that the last instance loads
bytes_last = 8
