"""Mixes logarithms of base 2 and base e.
Told: different bases
"""


def fitted_exponent(sizes, amounts):
    return np.polyfit(np.log(sizes), np.log2(amounts), 1)[0]
