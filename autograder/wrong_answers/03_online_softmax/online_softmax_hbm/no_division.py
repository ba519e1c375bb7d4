"""Does not divide.
Check: online_softmax_hbm__values
Told: not divided by their sum
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        m, l = update(m, l, x[i : min(i + block, n)])
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - m)
