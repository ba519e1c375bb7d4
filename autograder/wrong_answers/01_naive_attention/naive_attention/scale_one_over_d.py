"""Scales by 1/d.
Check: naive_attention__values
Told: The scores are scaled by 1/d
"""


def naive_attention(q, k, v, softmax_scale):
    s = q @ k.T / q.shape[1]
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
