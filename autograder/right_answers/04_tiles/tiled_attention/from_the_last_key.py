"""Keys from last to first, own update."""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    outs, lses = [], []
    for q_tile in np.split(q, range(BLOCK_M, len(q), BLOCK_M)):
        m, l_i, acc = -np.inf, 0.0, 0.0
        for stop in range(len(k), 0, -BLOCK_N):
            c = slice(max(0, stop - BLOCK_N), stop)
            qk = q_tile @ k[c].T * softmax_scale
            new = np.maximum(m, qk.max(axis=1, keepdims=True))
            p, alpha = np.exp(qk - new), np.exp(m - new)
            l_i, acc, m = alpha * l_i + p.sum(axis=1, keepdims=True), alpha * acc + p @ v[c], new
        outs.append(acc / l_i)
        lses.append((m + np.log(l_i))[:, 0])
    return np.vstack(outs), np.hstack(lses)
