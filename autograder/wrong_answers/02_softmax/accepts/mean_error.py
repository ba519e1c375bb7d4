"""Takes the mean error.
Told: Take the largest error
"""


def accepts(got, plain, exact, floor):
    return bool(np.abs(got - exact).mean() <= 2 * np.abs(plain - exact).mean() + floor)
