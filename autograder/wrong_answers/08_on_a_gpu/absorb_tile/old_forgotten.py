"""acc and l_i of the new tile alone.
Check: absorb_tile__values
Told: Only the new tile counts
"""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION) * qk_scale
    qk = tl.where(seen, qk, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    p = tl.exp2(qk - m_new[:, None])
    l_i = tl.sum(p, 1)
    acc = tl.dot(p.to(v.dtype), v, input_precision=INPUT_PRECISION)
    return m_new, l_i, acc
