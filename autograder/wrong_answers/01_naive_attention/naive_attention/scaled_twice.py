"""Scales Q and the scores.
Check: naive_attention__scale
Told: The scores are scaled twice
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * ((softmax_scale * q) @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
