"""10 / 4 instances.
Check: trace_mask__numbers
Told: Instances are whole
"""

# how many program instances?
instances = 10 / 4
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [8, 9, 10, 11]
mask_last = [1, 1, 0, 0]
# bytes that the last instance loads
bytes_last = 8
