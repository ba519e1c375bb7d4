"""Returns the slope with the other sign.
Told: The sign is wrong
"""


def fitted_exponent(sizes, amounts):
    return -np.polyfit(np.log(sizes), np.log(amounts), 1)[0]
