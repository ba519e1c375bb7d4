"""Returns (0, 0) for two empty states.
Check: merge__identity
Told: where no score was seen
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2)
    shift = 0.0 if m == -np.inf else m
    return shift, np.exp(m1 - shift) * l1 + np.exp(m2 - shift) * l2
