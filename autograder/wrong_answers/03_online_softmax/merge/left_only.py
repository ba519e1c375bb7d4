"""Rescales the left sum only.
Check: merge__values
Told: The sum of b is not rescaled
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2)
    shift = 0.0 if m == -np.inf else m
    return m, np.exp(m1 - shift) * l1 + l2
