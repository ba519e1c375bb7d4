"""A fraction of an instance.
Check: forward_bytes__formula
Told: bytes of k, not
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    instances = seqlen_q / BLOCK_M
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": 4 * seqlen_q}
