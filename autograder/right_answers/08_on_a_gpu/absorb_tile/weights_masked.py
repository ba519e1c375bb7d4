"""The mask on the weights, the scale after the maximum."""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)
    top = tl.max(tl.where(seen, qk, -1.0e30), 1) * qk_scale
    m_new = tl.where(top > m_i, top, m_i)
    p = tl.where(seen, tl.exp2(qk * qk_scale - m_new[:, None]), 0.0)
    alpha = tl.exp2(m_i - m_new)
    new = tl.dot(p.to(q.dtype), v, input_precision=INPUT_PRECISION)
    return m_new, l_i * alpha + tl.sum(p, 1), acc * alpha[:, None] + new
