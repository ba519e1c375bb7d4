"""Rejects everything.
Check: merge_laws_hold__accepts
Told: rejects a right merge
"""


def merge_laws_hold(merge):
    return False
