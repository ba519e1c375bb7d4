"""The smaller state as one score more."""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    if l2 == 0:
        return a
    m, l = update(m1, l1, np.array([m2]))
    return m, l + (l2 - 1) * np.exp(m2 - m)
