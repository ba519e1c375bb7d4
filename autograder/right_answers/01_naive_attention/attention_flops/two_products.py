"""Adds up the two products."""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    scores = 2 * seqlen_q * seqlen_k * head_dim
    output = 2 * seqlen_q * head_dim * seqlen_k
    return scores + output
