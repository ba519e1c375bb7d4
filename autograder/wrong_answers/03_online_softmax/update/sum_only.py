"""Returns the sum alone.
Check: update__values
Told: Return two numbers
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    return np.exp(m - shift) * l + np.exp(x - shift).sum()
