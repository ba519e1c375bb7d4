"""The formula of the least-squares slope."""


def fitted_exponent(sizes, amounts):
    x, y = np.log2(sizes), np.log2(amounts)
    x = x - x.mean()
    return float((x * y).sum() / (x * x).sum())
