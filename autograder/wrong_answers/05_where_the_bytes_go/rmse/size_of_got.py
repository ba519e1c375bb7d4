"""Forgets to subtract.
Told: That is the size of got
"""


def rmse(got, exact):
    return np.sqrt(np.mean(got.astype(np.float64) ** 2))
