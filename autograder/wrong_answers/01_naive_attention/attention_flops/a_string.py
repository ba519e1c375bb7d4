"""Returns text.
Told: returned str. Return a number
"""


def attention_flops(seqlen_q, seqlen_k, head_dim):
    return f"{4 * seqlen_q * seqlen_k * head_dim}"
