"""No inner loop: a strip of scores for each tile of Q.
Check: tiled_attention__memory
Told: a strip of 16 rows
"""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    out, lse = np.empty((len(q), v.shape[1]), q.dtype), np.empty(len(q), q.dtype)
    for i in range(0, len(q), BLOCK_M):
        t = q[i : i + BLOCK_M]
        n = len(t)
        m, l_i, acc = np.full(n, -np.inf, q.dtype), np.zeros(n, q.dtype), np.zeros((n, v.shape[1]))
        m, l_i, acc = absorb_block(m, l_i, acc, softmax_scale * (t @ k.T), v)
        out[i : i + BLOCK_M] = acc / l_i[:, None]
        lse[i : i + BLOCK_M] = m + np.log(l_i)
    return out, lse
