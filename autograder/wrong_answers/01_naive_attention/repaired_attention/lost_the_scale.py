"""Repairs the bug and loses the scale.
Told: The scores are not scaled
"""


def repaired_attention(q, k, v, softmax_scale):
    s = q @ k.T
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
