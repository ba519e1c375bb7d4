"""No more than 8 program instances.
Check: forward_bytes__formula
Told: once for each program instance
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    instances = min(-(-seqlen_q // BLOCK_M), 8)
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": 4 * seqlen_q}
