"""Lets go of each tile as soon as it can."""


def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    BM, BN = BLOCK_M, BLOCK_N
    for i in range(0, len(q), BM):
        rows = slice(i, min(i + BM, len(q)))
        q_tile = q[rows]
        m_i = np.full(len(q_tile), -np.inf, q_tile.dtype)
        l_i, acc = np.zeros(len(q_tile), q_tile.dtype), np.zeros(q_tile.shape, q_tile.dtype)
        for j in range(0, len(k), BN):
            cols = slice(j, min(j + BN, len(k)))
            k_t, v_t = k[cols], v[cols]
            qk = softmax_scale * (q_tile @ k_t.T)
            m_i, l_i, acc = absorb_block(m_i, l_i, acc, qk, v_t)
            del k_t, v_t
        out[rows] = acc / l_i[:, None]
        lse[rows] = m_i + np.log(l_i)
