"""Squares the errors in float16.
Told: is wrong on a result rounded to float16
"""


def rmse(got, exact):
    e = (got - exact).astype(got.dtype)
    return np.sqrt(np.mean(e * e))
