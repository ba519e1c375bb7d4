"""Squares the errors in float16.
Told: The errors are kept in float16
"""


def rmse(got, exact):
    e = (got - exact).astype(got.dtype)
    return np.sqrt(np.mean(e * e))
