"""Forgets the absolute value.
Told: Take the absolute value of the error
"""


def accepts(got, plain, exact, floor):
    return bool((got - exact).max() <= 2 * np.abs(plain - exact).max() + floor)
