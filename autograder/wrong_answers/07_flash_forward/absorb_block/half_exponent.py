"""Weights computed in the type of v.
Check: absorb_block__values
Told: size of float16 rounding
"""


@triton.jit
def absorb_block(m_i, l_i, acc, qk, v):
    m_new = tl.maximum(m_i, tl.max(qk, 1))
    alpha = tl.exp(m_i - m_new)
    p = tl.exp((qk - m_new[:, None]).to(v.dtype).to(tl.float32))
    acc = tl.dot(p.to(v.dtype), v, alpha[:, None] * acc, input_precision="ieee")
    return m_new, alpha * l_i + tl.sum(p, 1), acc
