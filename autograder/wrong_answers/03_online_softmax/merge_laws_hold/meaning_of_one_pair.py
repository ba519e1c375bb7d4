"""Tests the meaning of a single pair, and no law.
Check: merge_laws_hold__catches
Told: keeps the left maximum
"""


def merge_laws_hold(merge):
    x, y = [3.0, 2.0], [1.0, 0.0]
    return np.allclose(merge(state_of(x), state_of(y)), state_of(x + y))
