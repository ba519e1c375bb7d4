"""Takes the maximum with 0.
Check: merge__values
Told: The maximum is never below 0
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2, 0.0)
    return m, np.exp(m1 - m) * l1 + np.exp(m2 - m) * l2
