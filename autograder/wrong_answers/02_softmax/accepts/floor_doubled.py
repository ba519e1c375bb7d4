"""Doubles the floor too.
Check: accepts__wrong_ones
Told: the floor once
"""


def accepts(got, plain, exact, floor):
    error, own = np.abs(got - exact), np.abs(plain - exact)
    return bool(error.max() <= 2 * (own.max() + floor))
