"""Takes the median error.
Told: That is the median
"""


def rmse(got, exact):
    return np.median(np.abs(got - exact))
