"""Returns nothing.
Told: Is the last line a `return`?
"""


def logsumexp(x):
    np.log(np.exp(x).sum())
