"""Leaves the scale out.
Check: naive_attention__values
Told: The scores are not scaled
"""


def naive_attention(q, k, v, softmax_scale):
    s = q @ k.T
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
