"""Returns zeros of the right shape.
Check: naive_attention__values
Told: Everything is zero
"""


def naive_attention(q, k, v, softmax_scale):
    return np.zeros((len(q), v.shape[1]), np.float32)
