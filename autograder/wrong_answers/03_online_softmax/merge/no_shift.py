"""Takes exp of the maxima themselves.
Check: merge__values
Told: exp(m) overflows
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = max(m1, m2)
    if m == -np.inf:
        return a
    return m, (np.exp(m1) * l1 + np.exp(m2) * l2) / np.exp(m)
