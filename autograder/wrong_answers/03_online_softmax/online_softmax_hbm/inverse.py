"""The factor upside down.
Check: online_softmax_hbm__values
Told: The factor is upside down
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        tile = x[i : min(i + block, n)]
        m_new = max(m, tile.max())
        l = l * np.exp(m_new - m) if l else 0.0
        l += np.exp(tile - m_new).sum()
        m = m_new
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - m) / l
