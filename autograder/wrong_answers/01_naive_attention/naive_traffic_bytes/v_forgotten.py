"""Forgets V.
Told: K and V are both read
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    ends = 2 * seqlen_q * head_dim + 1 * seqlen_k * head_dim
    scores = 4 * seqlen_q * seqlen_k
    return (ends + scores) * itemsize
