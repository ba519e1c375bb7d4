"""Compares with ==.
Check: merge_laws_hold__accepts
Told: rejects a right merge
"""


def merge_laws_hold(merge):
    def close(s, t):
        return tuple(s) == tuple(t)

    lists = [[], [0.5, 0.2], [0.5], [-3.0, -4.0, -3.5], [7.0], [1000.0, 999.0], [-1000.0]]
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
    for x in lists:
        if not all(close(merge(state_of(x), state_of(y)), state_of(x + y)) for y in lists):
            return False
    return True
