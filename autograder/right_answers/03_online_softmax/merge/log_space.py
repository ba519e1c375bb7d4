"""With logarithms."""


def merge(a, b):
    (m1, l1), (m2, l2) = a, b
    if l1 == 0 or l2 == 0:
        return b if l1 == 0 else a
    m = max(m1, m2)
    return m, np.exp(np.logaddexp(m1 + np.log(l1), m2 + np.log(l2)) - m)
