"""The sum of all.
Check: forward_bytes__formula
Told: Return a dict with the keys
"""


def forward_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize):
    instances = -(-seqlen_q // BLOCK_M)
    rows = seqlen_q * head_dim * itemsize
    keys = instances * seqlen_k * head_dim * itemsize
    return 2 * rows + 2 * keys + 4 * seqlen_q
