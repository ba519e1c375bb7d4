"""One maximum for all rows.
Check: absorb_block__values
Told: one maximum for all rows
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max())
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - shift[:, None])
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
