"""Does not subtract the maximum: right until exp overflows.
Check: naive_attention__huge_scores
Told: exp overflows float32 above 88.7
"""


def naive_attention(q, k, v, softmax_scale):
    p = np.exp(softmax_scale * (q @ k.T))
    return p / p.sum(axis=1, keepdims=True) @ v
