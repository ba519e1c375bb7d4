"""Never divides by the sum.
Check: naive_attention__values
Told: The weights are not divided by their sum
"""


def naive_attention(q, k, v, softmax_scale):
    s = softmax_scale * (q @ k.T)
    return np.exp(s - s.max(axis=1, keepdims=True)) @ v
