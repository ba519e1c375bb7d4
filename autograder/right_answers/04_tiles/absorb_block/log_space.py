"""l as a logarithm, by logaddexp, in float64."""


def absorb_block(m_i, l_i, acc, qk, v):
    s = qk.astype(np.float64)
    m = np.maximum(m_i, s.max(axis=1))
    safe = np.where(np.isneginf(m), 0, m)
    log_l = np.logaddexp(m_i + np.log(l_i.astype(np.float64)), np.logaddexp.reduce(s, axis=1))
    acc = np.exp(m_i - safe)[:, None] * acc + np.einsum("rc,cd->rd", np.exp(s - safe[:, None]), v)
    return m, np.exp(log_l - safe), acc
