"""Compares with a merge of its own."""


def merge_laws_hold(merge):
    def sure(a, b):
        m = max(a[0], b[0])
        parts = [l * np.exp(n - m) for n, l in (a, b) if l]
        return m, sum(parts)

    states = [(-np.inf, 0.0)] + [
        (m, l) for m in (-800.0, -2.0, 0.0, 1.0, 800.0) for l in (1.0, 3.0)
    ]
    return all(np.allclose(merge(a, b), sure(a, b)) for a in states for b in states)
