"""The norm, divided by the root of the number of entries."""


def rmse(got, exact):
    return np.linalg.norm(got.astype(np.float64) - exact) / np.sqrt(exact.size)
