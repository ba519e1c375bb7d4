"""Exchanges the axes.
Told: Sizes and bytes are swapped
"""


def fitted_exponent(sizes, amounts):
    return np.polyfit(np.log(amounts), np.log(sizes), 1)[0]
