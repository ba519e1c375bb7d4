"""Blocks of 4 rows, and the last one reaches past the end.
Check: naive_attention_hbm__values
Told: reaches outside q
"""


def naive_attention_hbm(q, k, v, s, p, out, softmax_scale):
    keys = k[:]
    for start in range(0, len(q), 4):
        s[start : start + 4] = softmax_scale * (q[start : start + 4] @ keys.T)
    tile = s[:]
    tile = np.exp(tile - tile.max(axis=1, keepdims=True))
    p[:] = tile / tile.sum(axis=1, keepdims=True)
    out[:] = p[:] @ v[:]
