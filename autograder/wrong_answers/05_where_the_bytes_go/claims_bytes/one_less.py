"""Leaves room for one token.
Told: One more still fits
"""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = 81_919
