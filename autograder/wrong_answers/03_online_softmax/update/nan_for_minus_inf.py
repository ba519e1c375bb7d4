"""Subtracts -inf from -inf.
Check: update__nothing_seen
Told: -inf - (-inf) is NaN
"""


def update(m, l, x):
    m_new = max(m, x.max())
    return m_new, np.exp(m - m_new) * l + np.exp(x - m_new).sum()
