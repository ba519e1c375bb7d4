"""All of S in SRAM.
Check: tiled_attention_hbm__sram
Told: The SRAM overflows
"""


def tiled_attention_hbm(q, k, v, out, lse, softmax_scale, BLOCK_M, BLOCK_N):
    s = softmax_scale * (q[:] @ k[:].T)
    m = s.max(axis=1)
    p = np.exp(s - m[:, None])
    out[:] = p @ v[:] / p.sum(axis=1)[:, None]
    lse[:] = m + np.log(p.sum(axis=1))
