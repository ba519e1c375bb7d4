"""Divides by the size of exact.
Told: Divided by the size of exact
"""


def rmse(got, exact):
    return np.sqrt(np.mean((got - exact) ** 2) / np.mean(exact**2))
