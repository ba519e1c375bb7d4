"""A factor of 2.1.
Check: accepts__wrong_ones
Told: it moves with the plain error
"""


def accepts(got, plain, exact, floor):
    error, own = np.abs(got - exact), np.abs(plain - exact)
    return bool(error.max() <= 2.1 * own.max() + floor)
