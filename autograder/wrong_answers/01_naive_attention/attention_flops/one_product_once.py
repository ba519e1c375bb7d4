"""Counts one product and a multiply-add as one.
Told: and there are two products
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return seqlen_q * seqlen_k * head_dim
