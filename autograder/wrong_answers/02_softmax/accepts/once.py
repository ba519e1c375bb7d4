"""Once the plain error.
Told: it moves with the plain error
"""


def accepts(got, plain, exact, floor):
    return bool(np.abs(got - exact).max() <= np.abs(plain - exact).max() + floor)
