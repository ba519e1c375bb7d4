"""np.ceil, and floats."""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    visits = np.ceil(seqlen_q / BLOCK_M)
    row = float(head_dim * itemsize)
    moved = {"lse": seqlen_q * 4.0, "v": visits * seqlen_k * row, "k": visits * seqlen_k * row}
    return {**moved, "q": seqlen_q * row, "out": seqlen_q * row}
