"""Leaves the scratch array P unwritten.
Check: naive_attention_hbm__values
Told: elements of p unwritten
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    s[:] = softmax_scale * (q[:] @ k[:].T)
    tile = s[:]
    tile = np.exp(tile - tile.max(axis=1, keepdims=True))
    out[:] = tile / tile.sum(axis=1, keepdims=True) @ v[:]
