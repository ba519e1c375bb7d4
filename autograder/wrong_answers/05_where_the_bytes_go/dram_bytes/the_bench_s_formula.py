"""Calls the bench's closed form.
Told: a ready-made answer
"""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    from flashlab.traffic import compulsory_traffic, flash2_traffic

    sizes = seqlen_q, seqlen_k, head_dim
    if 2 * seqlen_k * head_dim * itemsize <= l2_bytes:
        return sum(compulsory_traffic(*sizes, itemsize).values())
    return sum(flash2_traffic(*sizes, BLOCK_M, itemsize).values())
