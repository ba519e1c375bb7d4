"""Forgets the maximum so far.
Check: absorb_block__values
Told: the maximum of the block alone
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = qk.max(axis=1)
    shift = np.where(np.isneginf(m_new), 0, m_new)
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - shift[:, None])
    l_new = alpha * l_i + p.sum(axis=1)
    acc = alpha[:, None] * acc + p @ v
    return m_new, l_new, acc
