"""The mask as a bias, the scale inside one multiply-add."""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    qk = tl.dot(q, tl.trans(k), input_precision=INPUT_PRECISION)
    qk += tl.where(seen, 0.0, float("-inf"))
    m_new = tl.maximum(m_i, tl.max(qk, 1) * qk_scale)
    p = tl.math.exp2(qk * qk_scale - m_new[:, None])
    alpha = tl.math.exp2(m_i - m_new)
    acc = acc * alpha[:, None]
    acc += tl.dot(p.to(k.dtype), v, input_precision=INPUT_PRECISION)
    l_i *= alpha
    l_i += tl.sum(p, axis=1)
    return m_new, l_i, acc
