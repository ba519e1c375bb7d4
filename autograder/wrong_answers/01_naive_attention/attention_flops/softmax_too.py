"""Counts exp and the division.
Told: The softmax is counted too
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return 4 * seqlen_q * seqlen_k * head_dim + 2 * seqlen_q * seqlen_k
