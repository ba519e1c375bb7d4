"""Returns the maximum.
Told: That is the maximum alone
"""


def logsumexp(x):
    return x.max()
