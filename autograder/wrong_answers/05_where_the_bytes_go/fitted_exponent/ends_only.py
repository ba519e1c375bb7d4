"""Uses the first and the last point.
Told: between the first and the last point
"""


def fitted_exponent(sizes, amounts):
    return np.log(amounts[-1] / amounts[0]) / np.log(sizes[-1] / sizes[0])
