"""Compares with plain, not with exact.
Told: it moves with the plain error
"""


def accepts(got, plain, exact, floor):
    return bool(np.abs(got - plain).max() <= 2 * np.abs(plain - exact).max() + floor)
