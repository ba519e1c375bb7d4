"""One sum for each score.
Check: update__values
Told: It is one number
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(m - shift) * l + np.exp(x - shift)
