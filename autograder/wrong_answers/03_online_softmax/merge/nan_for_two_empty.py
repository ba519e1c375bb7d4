"""Subtracts -inf from -inf.
Check: merge__identity
Told: -inf - (-inf) is NaN
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2)
    return m, np.exp(m1 - m) * l1 + np.exp(m2 - m) * l2
