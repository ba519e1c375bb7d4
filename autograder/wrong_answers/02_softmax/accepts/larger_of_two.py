"""The larger of the two bounds.
Check: accepts__right_ones
Told: the two are added
"""


def accepts(got, plain, exact, floor):
    error, own = np.abs(got - exact), np.abs(plain - exact)
    return bool(error.max() <= max(2 * own.max(), floor))
