"""Forgets to return.
Told: returned NoneType
"""


def rmse(got, exact):
    error = np.sqrt(np.mean((got - exact) ** 2))
    print(error)
