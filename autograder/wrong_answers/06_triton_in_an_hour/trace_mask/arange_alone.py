"""The offsets of instance 0.
Check: trace_mask__numbers
Told: That is tl.arange alone
"""

# how many program instances?
instances = 3
# the last instance: its four offsets, and its mask as four times 1 (on) or 0 (off)
offs_last = [0, 1, 2, 3]
mask_last = [1, 1, 0, 0]
# bytes that the last instance loads
bytes_last = 8
