"""The block as a state of its own, then a merge."""


def update(m, l, x):
    seen = x[np.isfinite(x)]
    if len(seen) == 0:
        return m, l
    m_x = seen.max()
    l_x = np.exp(seen - m_x).sum()
    m_new = np.maximum(m, m_x)
    return m_new, l * np.exp(m - m_new) + l_x * np.exp(m_x - m_new)
