"""Half of it without a mask, whole tiles only.
Check: causal_bytes__numbers
Told: half of it without a mask, whole tiles only
"""


def causal_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, BLOCK_N, itemsize):
    return seqlen_q // BLOCK_M * seqlen_k * head_dim * itemsize // 2
