"""Never subtracts the maximum.
Told: subtract the maximum
"""


def safe_softmax_hbm(x, y, block):
    n = len(x)
    m, total = 0.0, 0.0
    for i in range(0, n, block):
        x[i : min(i + block, n)]
    for i in range(0, n, block):
        total += np.exp(x[i : min(i + block, n)] - m).sum()
    for i in range(0, n, block):
        stop = min(i + block, n)
        y[i:stop] = np.exp(x[i:stop] - m) / total
