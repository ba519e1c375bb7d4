"""Subtracts the logarithm.
Check: logsumexp__values
Told: Add the logarithm, do not subtract it
"""


def logsumexp(x):
    m = x.max()
    return m - np.log(np.exp(x - m).sum())
