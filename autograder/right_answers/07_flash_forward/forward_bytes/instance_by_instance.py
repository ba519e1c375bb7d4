"""Counts one program instance after the other."""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    moved = dict.fromkeys(("q", "k", "v", "out", "lse"), 0)
    for start_m in range(0, seqlen_q, BLOCK_M):
        rows = min(BLOCK_M, seqlen_q - start_m)
        for name, n in (("q", rows), ("k", seqlen_k), ("v", seqlen_k), ("out", rows)):
            moved[name] += n * head_dim * itemsize
        moved["lse"] += rows * 4
    return moved
