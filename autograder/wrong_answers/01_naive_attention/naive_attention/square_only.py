"""Makes room for a square S.
Check: naive_attention__values
Told: naive_attention raised ValueError
"""


def naive_attention(q, k, v, softmax_scale):
    s = np.zeros((len(q), len(q)), np.float32)
    s[:] = softmax_scale * (q @ k.T)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True) @ v
