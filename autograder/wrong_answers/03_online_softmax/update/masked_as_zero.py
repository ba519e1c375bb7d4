"""Takes a masked score for a score of 0.
Check: update__nothing_seen
Told: where no score was seen
"""


def update(m, l, x):
    x = np.where(x == -np.inf, 0, x)
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(m - shift) * l + np.exp(x - shift).sum()
