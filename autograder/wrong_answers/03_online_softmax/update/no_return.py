"""Returns nothing.
Check: update__values
Told: Is the last line a `return`?
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    l = np.exp(m - shift) * l + np.exp(x - shift).sum()
