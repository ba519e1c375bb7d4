"""Rounds exact to float16 first.
Told: exact is rounded to float16 first
"""


def rmse(got, exact):
    return np.sqrt(np.mean((got - exact.astype(got.dtype)) ** 2))
