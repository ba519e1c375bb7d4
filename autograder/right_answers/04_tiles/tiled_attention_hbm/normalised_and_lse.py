"""Carries (out, lse) of the keys seen: always divided, in log space."""


def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    for i in range(0, len(q), BLOCK_M):
        rows = slice(i, min(i + BLOCK_M, len(q)))
        q_tile = q[rows]
        o = np.zeros(q_tile.shape, q_tile.dtype)
        total = np.full(len(q_tile), -np.inf, q_tile.dtype)
        for j in range(0, len(k), BLOCK_N):
            cols = slice(j, min(j + BLOCK_N, len(k)))
            qk = softmax_scale * (q_tile @ k[cols].T)
            new = np.logaddexp(total, np.logaddexp.reduce(qk, axis=1))
            o = np.exp(total - new)[:, None] * o
            o = o + np.exp(qk - new[:, None]) @ v[cols]
            total = new
        out[rows] = o
        lse[rows] = total
