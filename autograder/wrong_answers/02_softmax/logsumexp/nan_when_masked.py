"""NaN when everything is masked.
Check: logsumexp__all_masked
Told: -inf - -inf is NaN
"""


def logsumexp(x):
    m = x.max()
    return m + np.log(np.exp(x - m).sum())
