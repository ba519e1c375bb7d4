"""Forgets the maximum so far.
Check: update__values
Told: the maximum of one part alone
"""


def update(m, l, x):
    m_new = x.max()
    shift = 0.0 if m_new == -np.inf else m_new
    return m_new, np.exp(m - shift) * l + np.exp(x - shift).sum()
