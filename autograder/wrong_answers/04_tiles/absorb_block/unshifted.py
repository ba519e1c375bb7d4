"""The new terms are not shifted.
Check: absorb_block__values
Told: The new terms are exp(qk) alone
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk)
    return m_new, alpha * l_i + p.sum(axis=1), alpha[:, None] * acc + p @ v
