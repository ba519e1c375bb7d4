"""Takes one SM for the whole.
Told: That is the share of one SM
"""

one_block_share = 163 / 192
growth = 514 / 129
longest_n_in_l2 = 81_920
