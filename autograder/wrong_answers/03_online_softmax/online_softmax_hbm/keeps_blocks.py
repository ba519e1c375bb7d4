"""Keeps all blocks of pass 1 on the board.
Told: x[0:
"""


def online_softmax_hbm(x, y, block):
    m, l, kept = -np.inf, 0.0, []
    for i in range(0, len(x), block):
        kept.append(x[i : min(i + block, len(x))])
        m, l = update(m, l, kept[-1])
    for i, tile in zip(range(0, len(x), block), kept, strict=True):
        y[i : i + len(tile)] = np.exp(tile - m) / l
