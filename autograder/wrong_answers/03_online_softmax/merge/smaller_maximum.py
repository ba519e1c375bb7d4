"""Takes the smaller maximum.
Check: merge__values
Told: the m of merge
"""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    m = min(m1, m2)
    return m, np.exp(m1 - m) * l1 + np.exp(m2 - m) * l2
