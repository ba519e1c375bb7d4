"""The new terms subtract the old maximum.
Check: update__values
Told: The new terms subtract the old maximum
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    old = shift if m == -np.inf else m
    return m_new, np.exp(m - shift) * l + np.exp(x - old).sum()
