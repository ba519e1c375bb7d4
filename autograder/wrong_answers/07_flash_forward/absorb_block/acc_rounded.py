"""acc is rounded to the type of v.
Check: absorb_block__values
Told: only the weights are, acc stays float32
"""


@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp(m_i - m_new)
    p = tl.exp(qk - m_new[:, None])
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    acc = acc.to(v.dtype).to(tl.float32)
    return m_new, alpha * l_i + tl.sum(p, 1), acc
