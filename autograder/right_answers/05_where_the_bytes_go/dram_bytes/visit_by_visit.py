"""Plays the visits one after the other with what L2 holds."""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    total, held = 0, False
    for start in range(0, seqlen_q, BLOCK_M):
        rows = min(BLOCK_M, seqlen_q - start)
        total += 2 * rows * head_dim * itemsize
        if not held:
            total += 2 * seqlen_k * head_dim * itemsize
            held = 2 * seqlen_k * head_dim * itemsize <= l2_bytes
    return total
