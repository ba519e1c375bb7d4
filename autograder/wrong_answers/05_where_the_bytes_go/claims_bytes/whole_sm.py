"""Lets a block use all of an SM.
Told: 163 KB of an SM's 192
"""

one_block_share = 1 / 108
growth = 514 / 129
longest_n_in_l2 = 81_920
