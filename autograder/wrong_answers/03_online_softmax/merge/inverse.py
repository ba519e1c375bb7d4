"""The factors upside down.
Check: merge__values
Told: The factors are upside down
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2)
    return m, np.exp(m - m1) * l1 + np.exp(m - m2) * l2
