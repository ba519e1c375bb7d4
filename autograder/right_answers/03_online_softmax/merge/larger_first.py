"""Adds the smaller one to the larger one."""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    if m1 < m2:
        return merge(b, a)
    if l2 == 0:
        return a
    return m1, l1 + l2 * np.exp(m2 - m1)
