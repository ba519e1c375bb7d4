"""Multiplies the scores with V.
Check: naive_attention__values
Told: the softmax is missing
"""


def naive_attention(q, k, v, softmax_scale):
    return softmax_scale * (q @ k.T) @ v
