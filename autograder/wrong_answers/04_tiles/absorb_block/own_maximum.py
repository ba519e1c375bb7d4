"""The new terms subtract the block's own maximum.
Check: absorb_block__values
Told: subtract the block's own maximum
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - qk.max(axis=1)[:, None])
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
