"""Returns the intercept.
Told: That is the intercept
"""


def fitted_exponent(sizes, amounts):
    return np.polyfit(np.log(sizes), np.log(amounts), 1)[1]
