"""Accepts everything.
Check: merge_laws_hold__catches
Told: that adds l1 + l2 without factors
"""


def merge_laws_hold(merge):
    return True
