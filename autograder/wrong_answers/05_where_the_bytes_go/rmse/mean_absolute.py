"""Takes the mean absolute error.
Told: That is the mean absolute error
"""


def rmse(got, exact):
    return np.abs(got - exact).mean()
