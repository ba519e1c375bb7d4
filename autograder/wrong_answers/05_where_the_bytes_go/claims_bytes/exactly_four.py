"""Forgets that Q and O grow too.
Told: Q and O grow only twofold
"""

one_block_share = 163 / (108 * 192)
growth = 4
longest_n_in_l2 = 81_920
