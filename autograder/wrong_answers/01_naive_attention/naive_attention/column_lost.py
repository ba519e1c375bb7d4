"""Divides each column by the sum of a row.
Check: naive_attention__values
Told: keepdims=True keeps
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1)
    return p @ v
