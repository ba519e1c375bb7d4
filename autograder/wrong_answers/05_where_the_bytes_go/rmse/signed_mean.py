"""Takes the mean error.
Told: Errors of opposite sign cancel
"""


def rmse(got, exact):
    return np.mean(got - exact)
