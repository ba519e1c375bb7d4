"""Walks through the loops and adds up what each tile has."""


def flash_traffic_bytes(
    seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize, outer, stat_itemsize
):
    def parts(length, block):
        return [min(block, length - start) for start in range(0, length, block)]

    total = 0
    if outer == "q":
        for rows in parts(seqlen_q, BLOCK_M):
            total += 2 * rows * head_dim * itemsize + rows * stat_itemsize
            for cols in parts(seqlen_k, BLOCK_N):
                total += 2 * cols * head_dim * itemsize
        return total
    for cols in parts(seqlen_k, BLOCK_N):
        total += 2 * cols * head_dim * itemsize
        for rows in parts(seqlen_q, BLOCK_M):
            total += 3 * rows * head_dim * itemsize + 4 * rows * stat_itemsize
    return total
