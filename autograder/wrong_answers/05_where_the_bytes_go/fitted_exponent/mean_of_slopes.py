"""Takes the mean of the slopes between neighbours.
Told: mean of the slopes between neighbours
"""


def fitted_exponent(sizes, amounts):
    return (np.diff(np.log(amounts)) / np.diff(np.log(sizes))).mean()
