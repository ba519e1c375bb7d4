"""Returns None.
Check: absorb_block__values
Told: Return three arrays
"""


def absorb_block(m_i, l_i, acc, qk, v):
    m_new = np.maximum(m_i, qk.max(axis=1))
    p = np.exp(qk - m_new[:, None])
    l_i = np.exp(m_i - m_new) * l_i + p.sum(axis=1)
