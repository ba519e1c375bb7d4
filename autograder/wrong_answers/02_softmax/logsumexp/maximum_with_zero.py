"""The maximum is never below 0.
Check: logsumexp__values
Told: not with 0
"""


def logsumexp(x):
    m = max(x.max(), np.float32(0))
    return m + np.log(np.exp(x - m).sum())
