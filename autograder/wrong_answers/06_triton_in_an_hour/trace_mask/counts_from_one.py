"""The last instance is number 3.
Check: trace_mask__numbers
Told: Instances are numbered from 0
"""

# how many program instances?
instances = 3
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [12, 13, 14, 15]
mask_last = [1, 1, 0, 0]
# bytes that the last instance loads
bytes_last = 8
