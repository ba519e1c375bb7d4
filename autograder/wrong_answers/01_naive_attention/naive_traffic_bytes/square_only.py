"""Uses seqlen_q everywhere.
Told: The shapes differ
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return (4 * seqlen_q * head_dim + 4 * seqlen_q**2) * itemsize
