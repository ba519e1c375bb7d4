"""Returns a float with the exact value."""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    return 2.0 * itemsize * (seqlen_q * (head_dim + 2 * seqlen_k) + seqlen_k * head_dim)
