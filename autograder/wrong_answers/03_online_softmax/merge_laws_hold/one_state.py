"""One state, merged with itself.
Check: merge_laws_hold__catches
Told: takes a merge for right
"""


def merge_laws_hold(merge):
    def close(s, t):
        return np.allclose(s, t)

    lists = [[0.5, 0.2]]
    states = [state_of(x) for x in lists]
    empty = (-np.inf, 0.0)
    if not all(close(merge(a, empty), a) and close(merge(empty, a), a) for a in states):
        return False
    if not all(close(merge(a, b), merge(b, a)) for a in states for b in states):
        return False
    for a in states:
        for b in states:
            if not all(close(merge(merge(a, b), c), merge(a, merge(b, c))) for c in states):
                return False
    return True
