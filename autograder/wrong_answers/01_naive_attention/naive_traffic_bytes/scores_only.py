"""Forgets Q, K, V and O.
Told: That is S and P alone
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return 4 * seqlen_q * seqlen_k * itemsize
