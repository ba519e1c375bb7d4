"""Never tries the empty state.
Check: merge_laws_hold__catches
Told: gives NaN for two empty states
"""


def merge_laws_hold(merge):
    def close(s, t):
        return np.allclose(s, t)

    lists = [[0.5, 0.2], [0.5], [-3.0, -4.0], [1000.0, 999.0]]
    states = [state_of(x) for x in lists]
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
