"""The dot product of the errors with themselves."""


def rmse(got, exact):
    e = (got.astype(np.longdouble) - exact).ravel()
    return float(np.sqrt(e @ e / len(e)))
