"""Forgets softmax_scale.
Check: tiled_attention__values
Told: The scores are not scaled
"""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    out, lse = np.empty(q.shape, q.dtype), np.empty(len(q), q.dtype)
    for i in range(0, len(q), BLOCK_M):
        q_tile = q[i : i + BLOCK_M]
        m_i = np.full(len(q_tile), -np.inf, q.dtype)
        l_i, acc = np.zeros(len(q_tile), q.dtype), np.zeros(q_tile.shape, q.dtype)
        for j in range(0, len(k), BLOCK_N):
            k_t, v_t = k[j : j + BLOCK_N], v[j : j + BLOCK_N]
            qk = q_tile @ k_t.T
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v_t)
        out[i : i + BLOCK_M] = acc / l_i[:, None]
        lse[i : i + BLOCK_M] = m_i + np.log(l_i)
    return out, lse
