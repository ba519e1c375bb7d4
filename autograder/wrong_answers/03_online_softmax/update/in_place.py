"""Changes the block.
Check: update__values
Told: changed its input number 3
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    x -= shift
    return m_new, np.exp(m - shift) * l + np.exp(x).sum()
