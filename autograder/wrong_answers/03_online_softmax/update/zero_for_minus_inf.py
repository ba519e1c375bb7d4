"""Turns the empty maximum into 0.
Check: update__nothing_seen
Told: where no score was seen
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return shift, np.exp(m - shift) * l + np.exp(x - shift).sum()
