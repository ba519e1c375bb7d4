"""Takes the maximum with 0.
Check: update__values
Told: The maximum is never below 0
"""


def update(m, l, x):
    m_new = max(m, x.max(), 0.0)
    return m_new, np.exp(m - m_new) * l + np.exp(x - m_new).sum()
