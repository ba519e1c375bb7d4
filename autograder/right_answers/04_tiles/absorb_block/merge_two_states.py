"""The block as a state of its own, then a merge."""


def absorb_block(m_i, l_i, acc, qk, v):
    m_b = qk.max(axis=1)
    zero = qk.dtype.type(0)
    p = np.exp(qk - np.where(m_b == -np.inf, zero, m_b)[:, None])
    m = np.maximum(m_i, m_b)
    safe = np.where(m == -np.inf, zero, m)
    a, b = np.exp(m_i - safe), np.exp(m_b - safe)
    return m, a * l_i + b * p.sum(axis=1), a[:, None] * acc + b[:, None] * (p @ v)
