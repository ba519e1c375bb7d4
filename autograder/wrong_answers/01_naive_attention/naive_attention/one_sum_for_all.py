"""Divides by the sum of the whole matrix.
Check: naive_attention__values
Told: One sum for the whole matrix
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum() @ v
