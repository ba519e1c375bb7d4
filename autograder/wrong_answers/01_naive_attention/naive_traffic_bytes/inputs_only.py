"""Forgets S and P.
Told: That is Q, K, V and O alone
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return 2 * (seqlen_q + seqlen_k) * head_dim * itemsize
