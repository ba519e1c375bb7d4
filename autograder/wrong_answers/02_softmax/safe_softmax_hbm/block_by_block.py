"""Normalises each block by itself.
Check: safe_softmax_hbm__values
Told: Each block is normalised by itself
"""


def safe_softmax_hbm(x, y, block):
    n = len(x)
    m, total = -np.inf, 0.0
    for i in range(0, n, block):
        m = max(m, x[i : min(i + block, n)].max())
    for i in range(0, n, block):
        total += i
    for i in range(0, n, block):
        stop = min(i + block, n)
        e = np.exp(x[i:stop] - m)
        y[i:stop] = e / e.sum()
