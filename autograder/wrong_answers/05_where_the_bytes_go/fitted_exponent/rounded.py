"""Rounds to a whole number.
Told: do not round
"""


def fitted_exponent(sizes, amounts):
    return round(np.polyfit(np.log(sizes), np.log(amounts), 1)[0])
