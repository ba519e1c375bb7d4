"""Compares l and not m.
Check: merge_laws_hold__catches
Told: takes the maximum of m1, m2 and 0
"""


def merge_laws_hold(merge):
    lists = [[], [0.5, 0.2], [0.5], [7.0], [1000.0, 999.0], [-0.00001]]
    for x in lists:
        for y in lists:
            l = merge(state_of(x), state_of(y))[1]
            if not np.isclose(l, state_of(x + y)[1], rtol=1e-3):
                return False
    return True
