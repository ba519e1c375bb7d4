"""Mean and standard deviation together."""


def rmse(got, exact):
    e = got - exact
    return np.hypot(e.mean(), e.std())
