"""Two instances.
Check: trace_mask__numbers
Told: Two tiles of 4 cover 8 elements
"""

# how many program instances?
instances = 2
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [8, 9, 10, 11]
mask_last = [1, 1, 0, 0]
# bytes that the last instance loads
bytes_last = 8
