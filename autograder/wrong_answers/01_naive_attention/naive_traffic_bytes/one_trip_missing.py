"""Forgets that P is read back.
Told: One of the four trips of S and P is missing
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return (2 * (seqlen_q + seqlen_k) * head_dim + 3 * seqlen_q * seqlen_k) * itemsize
