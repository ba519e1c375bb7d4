"""Divides by the scale.
Check: naive_attention__values
Told: divided by softmax_scale: multiply
"""


def naive_attention(q, k, v, softmax_scale):
    s = q @ k.T / softmax_scale
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
