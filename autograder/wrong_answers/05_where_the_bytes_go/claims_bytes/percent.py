"""Writes percent.
Told: A fraction, not percent
"""

one_block_share = 0.786
growth = 514 / 129
longest_n_in_l2 = 81_920
