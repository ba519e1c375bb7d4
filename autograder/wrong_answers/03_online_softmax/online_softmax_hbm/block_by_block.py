"""Normalises each block by itself.
Check: online_softmax_hbm__values
Told: Each block is normalised by itself
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        m, l = update(m, l, x[i : min(i + block, n)])
    for i in range(0, n, block):
        end = min(i + block, n)
        e = np.exp(x[i:end] - m)
        y[i:end] = e / e.sum()
