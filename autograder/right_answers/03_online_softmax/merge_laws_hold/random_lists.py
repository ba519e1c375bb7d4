"""Random scores and the meaning, empties included."""


def merge_laws_hold(merge):
    g = np.random.default_rng(5)
    for trial in range(300):
        x, y = (list(g.standard_normal(g.integers(0, 5)) * 300) for _ in "xy")
        if trial % 3 == 0 and x and y:
            x[0] = y[0] = max(x + y)
        if not np.allclose(merge(state_of(x), state_of(y)), state_of(x + y)):
            return False
    return True
