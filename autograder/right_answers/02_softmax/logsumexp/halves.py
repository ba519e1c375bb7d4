"""Recursion over halves."""


def logsumexp(x):
    if len(x) == 1:
        return float(x[0])
    a, b = sorted((logsumexp(x[: len(x) // 2]), logsumexp(x[len(x) // 2 :])))
    return -np.inf if b == -np.inf else b + np.log1p(np.exp(a - b))
