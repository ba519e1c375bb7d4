"""One key at a time, recursively."""


def absorb_block(m_i, l_i, acc, qk, v):
    if qk.shape[1] == 0:
        return m_i, l_i, acc
    s = qk[:, 0]
    m = np.maximum(m_i, s)
    safe = np.nan_to_num(m, neginf=0.0, posinf=np.inf)
    a, b = np.exp(m_i - safe), np.exp(s - safe)
    return absorb_block(m, a * l_i + b, a[:, None] * acc + b[:, None] * v[0], qk[:, 1:], v[1:])
