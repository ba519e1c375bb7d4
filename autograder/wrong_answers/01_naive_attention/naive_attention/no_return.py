"""Computes and returns nothing.
Check: naive_attention__values
Told: returned None
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p / p.sum(axis=1, keepdims=True) @ v
