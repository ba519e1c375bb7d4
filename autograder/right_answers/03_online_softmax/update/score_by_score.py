"""One score at a time, recursively."""


def update(m, l, x):
    if len(x) == 0:
        return m, l
    s = float(x[0])
    if s <= m:
        l = l + (np.exp(s - m) if s > -np.inf else 0.0)
        return update(m, l, x[1:])
    return update(s, l * np.exp(m - s) + 1.0, x[1:])
