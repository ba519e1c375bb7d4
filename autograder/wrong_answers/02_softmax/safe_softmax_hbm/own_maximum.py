"""Each block subtracts its own maximum.
Check: safe_softmax_hbm__values
Told: Each block subtracts its own maximum
"""


def safe_softmax_hbm(x, y, block):
    n = len(x)
    m, total = -np.inf, 0.0
    for i in range(0, n, block):
        m = max(m, x[i : min(i + block, n)].max())
    for i in range(0, n, block):
        tile = x[i : min(i + block, n)]
        total += np.exp(tile - tile.max()).sum()
    for i in range(0, n, block):
        stop = min(i + block, n)
        tile = x[i:stop]
        y[i:stop] = np.exp(tile - tile.max()) / total
