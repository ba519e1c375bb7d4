"""Tests the identity alone.
Check: merge_laws_hold__catches
Told: without factors
"""


def merge_laws_hold(merge):
    def close(s, t):
        return np.allclose(s, t)

    lists = [[], [0.5, 0.2], [0.5], [-3.0, -4.0, -3.5], [7.0], [1000.0, 999.0], [-1000.0]]
    states = [state_of(x) for x in lists]
    empty = (-np.inf, 0.0)
    if not all(close(merge(a, empty), a) and close(merge(empty, a), a) for a in states):
        return False
    return True
