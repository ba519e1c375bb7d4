"""Reads each block once more in the first pass.
Check: online_softmax_hbm__bytes
Told: x is read 3 times
"""


def online_softmax_hbm(x, y, block):
    n = len(x)
    m, l = -np.inf, 0.0
    for i in range(0, n, block):
        end = min(i + block, n)
        m_new = max(m, x[i:end].max())
        l = np.exp(m - m_new) * l + np.exp(x[i:end] - m_new).sum()
        m = m_new
    for i in range(0, n, block):
        end = min(i + block, n)
        y[i:end] = np.exp(x[i:end] - m) / l
