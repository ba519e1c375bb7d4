"""Writes the weights in the first pass.
Check: online_softmax_hbm__values
Told: wait for the final ones
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        end = min(i + block, n)
        tile = x[i:end]
        m, l = update(m, l, tile)
        y[i:end] = np.exp(tile - m) / l
