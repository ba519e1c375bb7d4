"""Returns an array.
Told: Return True or False
"""


def accepts(got, plain, exact, floor):
    return np.abs(got - exact) <= 2 * np.abs(plain - exact).max() + floor
