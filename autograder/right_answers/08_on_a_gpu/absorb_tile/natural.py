"""exp of scores brought back to base e, the maximum in base 2."""


@triton.jit
def absorb_tile(q, k, v, m_i, l_i, acc, seen, qk_scale, INPUT_PRECISION: tl.constexpr):
    ln2: tl.constexpr = 0.6931471805599453
    s = tl.where(seen, tl.dot(q, k.T, input_precision=INPUT_PRECISION) * qk_scale, -float("inf"))
    top = tl.max(s, 1)
    m_new = tl.where(m_i > top, m_i, top)
    p = tl.exp((s - m_new[:, None]) * ln2)
    old = tl.exp((m_i - m_new) * ln2)
    acc = tl.dot(p.to(v.dtype), v, acc * old[:, None], input_precision=INPUT_PRECISION)
    return m_new, old * l_i + tl.sum(p, 1), acc
