"""The state is set up once, before the loop over the tiles of Q.
Check: tiled_attention__values
Told: Each tile of Q starts from the empty state
"""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    out, lse = np.empty((len(q), v.shape[1]), q.dtype), np.empty(len(q), q.dtype)
    n = min(BLOCK_M, len(q))
    m, l_i, acc = np.full(n, -np.inf, q.dtype), np.zeros(n, q.dtype), np.zeros((n, v.shape[1]))
    for i in range(0, len(q), BLOCK_M):
        t = q[i : i + BLOCK_M]
        m, l_i, acc = m[: len(t)], l_i[: len(t)], acc[: len(t)]
        for j in range(0, len(k), BLOCK_N):
            qk = softmax_scale * (t @ k[j : j + BLOCK_N].T)
            m, l_i, acc = absorb_block(m, l_i, acc, qk, v[j : j + BLOCK_N])
        out[i : i + BLOCK_M] = acc / l_i[:, None]
        lse[i : i + BLOCK_M] = m + np.log(l_i)
    return out, lse
