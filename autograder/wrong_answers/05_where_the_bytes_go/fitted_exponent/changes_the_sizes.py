"""Takes the mean away in place.
Told: changed its input number 1
"""


def fitted_exponent(sizes, amounts):
    x, y = np.log(sizes), np.log(amounts)
    sizes -= sizes.mean()
    return np.polyfit(x, y, 1)[0]
