"""The sum as a logarithm."""


def update(m, l, x):
    m_new = max(m, float(x.max()))
    if m_new == -np.inf:
        return m, l
    old = m + np.log(l) if l else -np.inf
    return m_new, float(
        np.exp(np.logaddexp(old, np.logaddexp.reduce(x.astype(np.float64))) - m_new)
    )
