"""Subtracts no maximum.
Check: naive_attention_hbm__values
Told: exp overflows float32
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    s[:] = softmax_scale * (q[:] @ k[:].T)
    scores = s[:]
    weights = np.exp(scores)
    p[:] = weights / weights.sum(axis=1, keepdims=True)
    del scores, weights
    out[:] = p[:] @ v[:]
