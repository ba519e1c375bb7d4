"""Leaves the scale out.
Check: naive_attention_hbm__values
Told: The scores are not scaled
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    s[:] = q[:] @ k[:].T
    tile = s[:]
    tile = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = tile / tile.sum(axis=1, keepdims=True)
    out[:] = p[:] @ v[:]
