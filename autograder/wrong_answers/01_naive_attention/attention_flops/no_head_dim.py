"""Forgets head_dim.
Told: each score takes head_dim multiply-adds
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return 4 * seqlen_q * seqlen_k
