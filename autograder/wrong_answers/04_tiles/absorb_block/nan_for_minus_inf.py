"""Subtracts -inf from -inf.
Check: absorb_block__nothing_visible
Told: -inf - (-inf) is NaN
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    shift = m_new
    alpha = np.exp(m_i - shift)
    p = np.exp(qk - shift[:, None])
    l_new = alpha * l_i + p.sum(axis=1)
    acc = alpha[:, None] * acc + p @ v
    return m_new, l_new, acc
