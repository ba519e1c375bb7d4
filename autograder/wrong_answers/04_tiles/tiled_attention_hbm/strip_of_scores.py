"""BLOCK_M whole rows of S in SRAM.
Check: tiled_attention_hbm__sram
Told: The SRAM overflows
"""


def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    for i in range(0, len(q), BLOCK_M):
        rows = slice(i, min(i + BLOCK_M, len(q)))
        s = softmax_scale * (q[rows] @ k[:].T)
        m = s.max(axis=1)
        p = np.exp(s - m[:, None])
        out[rows] = p @ v[:] / p.sum(axis=1)[:, None]
        lse[rows] = m + np.log(p.sum(axis=1))
