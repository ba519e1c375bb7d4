"""Divides everything by one sum.
Told: One sum for the whole matrix
"""


def repaired_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum() @ v
