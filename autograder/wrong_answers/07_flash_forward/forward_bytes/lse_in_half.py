"""The LSE in the type of the inputs.
Check: forward_bytes__formula
Told: The LSE is float32
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    instances = -(-seqlen_q // BLOCK_M)
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": itemsize * seqlen_q}
