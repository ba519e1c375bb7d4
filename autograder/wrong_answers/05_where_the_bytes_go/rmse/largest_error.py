"""Returns the largest error.
Told: That is the largest error
"""


def rmse(got, exact):
    return np.abs(got - exact).max()
