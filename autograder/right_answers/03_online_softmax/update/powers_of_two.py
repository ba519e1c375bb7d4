"""exp2 with log2(e) folded in, an array as result."""


def update(m, l, x):
    m_new = max(m, x.max())
    if m_new == -np.inf:
        return np.array([m, l])
    log2e = np.log2(np.e)
    return np.array([m_new, np.exp2((m - m_new) * log2e) * l + np.exp2((x - m_new) * log2e).sum()])
