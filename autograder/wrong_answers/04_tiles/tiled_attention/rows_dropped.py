"""The last partial tile of queries is dropped.
Check: tiled_attention__values
Told: The last partial tile of queries is dropped
"""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    out, lse = np.zeros((len(q), v.shape[1]), q.dtype), np.zeros(len(q), q.dtype)
    for i in range(0, len(q) - BLOCK_M + 1, BLOCK_M):
        t = q[i : i + BLOCK_M]
        n = len(t)
        m, l_i, acc = np.full(n, -np.inf, q.dtype), np.zeros(n, q.dtype), np.zeros((n, v.shape[1]))
        for j in range(0, len(k), BLOCK_N):
            qk = softmax_scale * (t @ k[j : j + BLOCK_N].T)
            m, l_i, acc = absorb_block(m, l_i, acc, qk, v[j : j + BLOCK_N])
        out[i : i + BLOCK_M] = acc / l_i[:, None]
        lse[i : i + BLOCK_M] = m + np.log(l_i)
    return out, lse
