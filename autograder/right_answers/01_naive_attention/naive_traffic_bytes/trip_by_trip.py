"""Adds up the eight trips."""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    q = o = seqlen_q * head_dim
    k = v = seqlen_k * head_dim
    s = p = seqlen_q * seqlen_k
    return itemsize * sum([q, k, s, s, p, p, v, o])
