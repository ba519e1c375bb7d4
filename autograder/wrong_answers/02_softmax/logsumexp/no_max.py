"""Overflows.
Told: Subtract the maximum before exp
"""


def logsumexp(x):
    return np.log(np.exp(x).sum())
