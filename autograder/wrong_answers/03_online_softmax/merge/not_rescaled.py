"""Adds the sums.
Check: merge__values
Told: The sums have different units
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    return max(m1, m2), l1 + l2
