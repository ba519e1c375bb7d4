"""One number as state: the logsumexp."""


def online_softmax_hbm(x, y, block):
    n = len(x)
    lse = -np.inf
    for i in range(0, n, block):
        lse = np.logaddexp(lse, np.logaddexp.reduce(x[i : min(i + block, n)].astype(np.float64)))
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - lse)
