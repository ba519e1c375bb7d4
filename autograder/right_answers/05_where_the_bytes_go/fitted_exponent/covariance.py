"""Covariance over variance."""


def fitted_exponent(sizes, amounts):
    x, y = np.log10(sizes), np.log10(amounts)
    c = np.cov(x, y)
    return c[0, 1] / c[0, 0]
