"""Rejects the bound itself.
Check: accepts__right_ones
Told: <= takes it
"""


def accepts(got, plain, exact, floor):
    error, own = np.abs(got - exact), np.abs(plain - exact)
    return bool(error.max() < 2 * own.max() + floor)
