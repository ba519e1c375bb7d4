"""Forgets the logarithm.
Told: The logarithm of the sum is missing
"""


def logsumexp(x):
    m = x.max()
    if m == -np.inf:
        return -np.inf
    return m + np.exp(x - m).sum()
