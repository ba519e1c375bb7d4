"""Compares entry with entry.
Check: accepts__right_ones
Told: wherever they stand
"""


def accepts(got, plain, exact, floor):
    error, own = np.abs(got - exact), np.abs(plain - exact)
    return bool((error <= 2 * own + floor).all())
