"""The new terms are not shifted.
Check: update__values
Told: The new terms are exp(x) alone
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(m - shift) * l + np.exp(x).sum()
