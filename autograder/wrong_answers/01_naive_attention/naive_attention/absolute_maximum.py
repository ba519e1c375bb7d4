"""Subtracts the absolute value of the maximum.
Check: naive_attention__huge_scores
Told: Subtract the maximum of the row itself
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    p = np.exp(s - np.abs(s.max(axis=1, keepdims=True)))
    p = p / p.sum(axis=1, keepdims=True)
    return p @ v
