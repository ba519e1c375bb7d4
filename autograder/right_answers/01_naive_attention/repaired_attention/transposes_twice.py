"""Transposes, divides, transposes back."""


def repaired_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return (p.T / p.sum(axis=1)).T @ v
