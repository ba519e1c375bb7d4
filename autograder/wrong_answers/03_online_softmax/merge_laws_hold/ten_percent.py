"""A tolerance of 10%.
Check: merge_laws_hold__catches
Told: is 1% off
"""


def merge_laws_hold(merge):
    lists = [[], [0.5, 0.2], [0.5], [-3.0, -4.0, -3.5], [7.0], [1000.0, 999.0], [-1000.0]]
    for x in lists:
        for y in lists:
            if not np.allclose(merge(state_of(x), state_of(y)), state_of(x + y), rtol=0.1):
                return False
    return True
