"""Runs loops of its own, which only load and store, on the two-level memory."""


def loads_and_stores(q, k, v, out, a, b, outer, BLOCK_M, BLOCK_N, statistics):
    def tiles(x, block):
        return [slice(i, min(i + block, len(x))) for i in range(0, len(x), block)]

    if outer == "q":
        for rows in tiles(q, BLOCK_M):
            q[rows]
            for cols in tiles(k, BLOCK_N):
                k[cols], v[cols]
            out[rows] = 0
            if statistics:
                a[rows] = 0
        return
    for cols in tiles(k, BLOCK_N):
        k[cols], v[cols]
        for rows in tiles(q, BLOCK_M):
            q[rows], out[rows]
            out[rows] = 0
            if statistics:
                a[rows], b[rows]
                a[rows] = b[rows] = 0


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    rows, cols = (seqlen_q, head_dim), (seqlen_k, head_dim)
    dtype, statistic = f"u{itemsize}", f"u{stat_itemsize or 1}"
    x = {"q": np.zeros(rows, dtype), "k": np.zeros(cols, dtype), "v": np.zeros(cols, dtype)}
    x |= {"out": np.zeros(rows, dtype)}
    x |= {name: np.zeros(seqlen_q, statistic) for name in "ab"}
    args = (outer, BLOCK_M, BLOCK_N, stat_itemsize > 0)
    return flashlab.measure(loads_and_stores, x, {}, args).traffic.hbm_bytes
