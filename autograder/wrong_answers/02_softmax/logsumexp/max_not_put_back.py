"""Forgets m.
Told: add m
"""


def logsumexp(x):
    m = x.max()
    if m == -np.inf:
        return -np.inf
    return np.log(np.exp(x - m).sum())
