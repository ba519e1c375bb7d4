"""exp2, with log2(e) where it is needed."""


@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp2((m_i - m_new) * 1.4426950408889634)
    p = tl.exp2((qk - m_new[:, None]) * 1.4426950408889634)
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, alpha * l_i + tl.sum(p, 1), acc
