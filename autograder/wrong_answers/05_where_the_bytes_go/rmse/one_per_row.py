"""Returns one error for each row.
Told: returned ndarray
"""


def rmse(got, exact):
    return np.sqrt(np.mean((got - exact) ** 2, axis=1))
