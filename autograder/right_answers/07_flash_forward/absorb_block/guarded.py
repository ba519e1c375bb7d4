"""Guarded against rows of -inf, product added afterwards."""


@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    shift = tl.where(m_new == float("-inf"), 0.0, m_new)
    alpha = tl.exp(m_i - shift)
    p = tl.exp(qk - shift[:, None])
    acc = acc * alpha[:, None]
    acc += tl.dot(p.to(v.dtype), v, input_precision="ieee")
    return m_new, alpha * l_i + tl.sum(p, 1), acc
