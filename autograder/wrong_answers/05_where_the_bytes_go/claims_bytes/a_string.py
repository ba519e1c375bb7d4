"""Writes a percentage as text.
Told: not a number
"""

one_block_share = "0.8 %"
growth = 514 / 129
longest_n_in_l2 = 81_920
