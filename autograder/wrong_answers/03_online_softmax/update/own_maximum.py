"""The new terms subtract the block's maximum.
Check: update__values
Told: the block's own maximum
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    own = 0.0 if x.max() == -np.inf else x.max()
    return m_new, np.exp(m - shift) * l + np.exp(x - own).sum()
