"""The second product in float32.
Check: absorb_tile__precision
Told: p and v reach the second product in float32
"""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION) * qk_scale
    qk = tl.where(seen, qk, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp2(m_i - m_new)
    p = tl.exp2(qk - m_new[:, None])
    l_i = alpha * l_i + tl.sum(p, 1)
    acc = tl.dot(p, v.to(tl.float32), alpha[:, None] * acc, input_precision=INPUT_PRECISION)
    return m_new, l_i, acc
