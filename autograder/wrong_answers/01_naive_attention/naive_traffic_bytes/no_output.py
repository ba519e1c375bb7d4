"""Forgets to write O.
Told: The output is not written
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    inputs = (seqlen_q + 2 * seqlen_k) * head_dim
    return (inputs + 4 * seqlen_q * seqlen_k) * itemsize
