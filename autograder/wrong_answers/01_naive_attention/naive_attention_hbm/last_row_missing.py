"""Forgets the last row of the output.
Check: naive_attention_hbm__values
Told: elements of out unwritten
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    s[:] = softmax_scale * (q[:] @ k[:].T)
    tile = s[:]
    tile = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = tile / tile.sum(axis=1, keepdims=True)
    rows = len(q) - 1
    out[:rows] = p[:rows] @ v[:]
