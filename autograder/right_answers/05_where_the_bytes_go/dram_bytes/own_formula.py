"""Uses the formula of the first exercise, with one block where K and V fit."""


def dram_bytes(seqlen_q, seqlen_k, head_dim, BLOCK_M, itemsize, l2_bytes):
    fits = 2 * seqlen_k * head_dim * itemsize <= l2_bytes
    rows = seqlen_q if fits else BLOCK_M
    return flash_traffic_bytes(seqlen_q, seqlen_k, head_dim, rows, 64, itemsize, "q", 0)
