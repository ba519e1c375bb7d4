"""Rounds the number of tiles to the nearest.
Check: forward_bytes__formula
Told: round up
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    instances = max(1, int(seqlen_q / BLOCK_M + 0.5))
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return {"q": rows, "k": keys, "v": keys, "out": rows, "lse": 4 * seqlen_q}
