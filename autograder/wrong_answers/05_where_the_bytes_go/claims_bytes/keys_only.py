"""Forgets V.
Told: K and V both: 2 x 128 elements
"""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = 163_840
