"""The factor is upside down, for the empty state too.
Check: absorb_block__values
Told: The factor is upside down
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(shift - m_i)
    p = np.exp(qk - shift[:, None])
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
