"""Uses the first two points.
Told: between the first two points
"""


def fitted_exponent(sizes, amounts):
    return np.log(amounts[1] / amounts[0]) / np.log(sizes[1] / sizes[0])
