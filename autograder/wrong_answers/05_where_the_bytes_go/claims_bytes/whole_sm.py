"""Lets a block use all of an SM.
Told: A block may use 163 of an SM's 192 KB
"""

one_block_share = 1 / 108
growth = 514 / 129
longest_n_in_l2 = 81_920
