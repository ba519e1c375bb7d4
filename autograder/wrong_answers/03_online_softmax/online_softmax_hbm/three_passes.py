"""Maximum and sum in two passes.
Check: online_softmax_hbm__bytes
Told: x is read 3 times
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        m = max(m, x[i : min(i + block, n)].max())
    for i in range(0, n, block):
        l += np.exp(x[i : min(i + block, n)] - m).sum()
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - m) / l
