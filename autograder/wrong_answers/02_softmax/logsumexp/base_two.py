"""Base 2.
Told: base-2
"""


def logsumexp(x):
    m = x.max()
    if m == -np.inf:
        return -np.inf
    return m + np.log2(np.exp(x - m).sum())
