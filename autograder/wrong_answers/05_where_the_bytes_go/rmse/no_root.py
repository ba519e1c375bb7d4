"""Forgets the root.
Told: The root is missing
"""


def rmse(got, exact):
    return np.mean((got - exact) ** 2)
