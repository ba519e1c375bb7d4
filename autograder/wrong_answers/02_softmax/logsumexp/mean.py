"""Mean for sum.
Told: logarithm of the mean
"""


def logsumexp(x):
    m = x.max()
    if m == -np.inf:
        return -np.inf
    return m + np.log(np.exp(x - m).mean())
