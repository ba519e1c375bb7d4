"""Forgets to return.
Told: returned None
"""


def rmse(got, exact):
    error = np.sqrt(np.mean((got - exact) ** 2))
    print(error)
