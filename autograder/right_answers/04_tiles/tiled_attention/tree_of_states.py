"""A tree of merges over (out, lse) pairs."""


def tiled_attention(q, k, v, softmax_scale, BLOCK_M, BLOCK_N):
    def part(rows, a, b):
        if b - a <= BLOCK_N:
            s = (softmax_scale * (rows @ k[a:b].T)).astype(np.float64)
            lse = np.logaddexp.reduce(s, axis=1)
            return np.exp(s - lse[:, None]) @ v[a:b], lse
        mid = (a + b) // 2
        (o1, lse1), (o2, lse2) = part(rows, a, mid), part(rows, mid, b)
        lse = np.logaddexp(lse1, lse2)
        return np.exp(lse1 - lse)[:, None] * o1 + np.exp(lse2 - lse)[:, None] * o2, lse

    parts = [part(q[i : i + BLOCK_M], 0, len(k)) for i in range(0, len(q), BLOCK_M)]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
