"""Shifts by 0 when everything is masked."""


def logsumexp(x):
    m = x.max() if np.isfinite(x.max()) else np.float32(0)
    return m + np.log(np.exp(x - m).sum())
