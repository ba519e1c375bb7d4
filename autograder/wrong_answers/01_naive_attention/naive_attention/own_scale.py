"""Ignores softmax_scale and uses 1/sqrt(d).
Check: naive_attention__scale
Told: softmax_scale is ignored
"""


def naive_attention(q, k, v, softmax_scale):
    s = q @ k.T / np.sqrt(q.shape[1])
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) @ v).astype(np.float32)
