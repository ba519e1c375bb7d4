"""Scales the output.
Check: naive_attention__values
Told: comes too late
"""


def naive_attention(q, k, v, softmax_scale):
    s = q @ k.T
    p = np.exp(s - s.max(axis=1, keepdims=True))
    return softmax_scale * (p / p.sum(axis=1, keepdims=True)) @ v
