"""Reads K once more than it needs to.
Check: naive_attention_hbm__bytes
Told: k crosses 2 times its size
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    half = len(q) // 2
    s[:half] = softmax_scale * (q[:half] @ k[:].T)
    s[half:] = softmax_scale * (q[half:] @ k[:].T)
    tile = s[:]
    tile = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = tile / tile.sum(axis=1, keepdims=True)
    out[:] = p[:] @ v[:]
