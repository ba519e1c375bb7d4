"""Forgets the floor.
Told: Add the floor
"""


def accepts(got, plain, exact, floor):
    return bool(np.abs(got - exact).max() <= 2 * np.abs(plain - exact).max())
