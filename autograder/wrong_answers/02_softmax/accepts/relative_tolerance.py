"""A relative tolerance.
Told: it moves with the plain error
"""


def accepts(got, plain, exact, floor):
    return bool(np.abs(got - exact).max() <= 1e-2 * np.abs(exact).max())
