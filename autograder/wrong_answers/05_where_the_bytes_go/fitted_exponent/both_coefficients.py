"""Returns slope and intercept.
Told: returned ndarray
"""


def fitted_exponent(sizes, amounts):
    return np.polyfit(np.log(sizes), np.log(amounts), 1)
