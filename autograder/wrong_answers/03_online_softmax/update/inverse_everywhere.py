"""The factor is upside down, for the empty state too.
Check: update__values
Told: The factor is upside down
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(shift - m) * l + np.exp(x - shift).sum()
