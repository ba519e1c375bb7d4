"""Tuples, True and False."""

instances = 3.0
offs_last = (8, 9, 10, 11)
mask_last = (True, True, False, False)
bytes_last = 2 * 4
