"""Does not divide.
Told: not divided by their sum
"""


def safe_softmax_hbm(x, y, block):
    n = len(x)
    m, total = -np.inf, 0.0
    for i in range(0, n, block):
        m = max(m, x[i : min(i + block, n)].max())
    for i in range(0, n, block):
        total += np.exp(x[i : min(i + block, n)] - m).sum()
    for i in range(0, n, block):
        stop = min(i + block, n)
        y[i:stop] = np.exp(x[i:stop] - m)
