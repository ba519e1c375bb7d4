"""Adds instead of averaging.
Told: That is the sum
"""


def rmse(got, exact):
    return np.sqrt(np.sum((got - exact) ** 2))
