"""The outer loop over the keys, the state of all rows kept."""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    m, l_all = np.full(len(q), -np.inf, q.dtype), np.zeros(len(q), q.dtype)
    acc = np.zeros((len(q), v.shape[1]), q.dtype)
    for j in range(0, len(k), BLOCK_N):
        for i in range(0, len(q), BLOCK_M):
            r, c = slice(i, i + BLOCK_M), slice(j, j + BLOCK_N)
            qk = softmax_scale * (q[r] @ k[c].T)
            m[r], l_all[r], acc[r] = absorb_block(m[r], l_all[r], acc[r], qk, v[c])
    return acc / l_all[:, None], m + np.log(l_all)
