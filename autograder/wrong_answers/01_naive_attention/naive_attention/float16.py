"""Computes in float16.
Check: naive_attention__values
Told: the size of float16 rounding
"""


def naive_attention(q, k, v, softmax_scale):
    q, k, v = (x.astype(np.float16) for x in (q, k, v))
    s = np.float16(softmax_scale) * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
