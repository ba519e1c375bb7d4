"""exp(m_new - m_i).
Check: absorb_block__values
Told: The factor is upside down
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.where(np.isneginf(m_i), 0, np.exp(shift - m_i))
    p = np.exp(qk - shift[:, None])
    l_new = alpha * l_i + p.sum(axis=1)
    acc = alpha[:, None] * acc + p @ v
    return m_new, l_new, acc
