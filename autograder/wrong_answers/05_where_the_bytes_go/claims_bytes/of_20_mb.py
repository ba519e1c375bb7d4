"""Divides by the rounded 20 MB.
Told: 20 MB is a rounded sum
"""

one_block_share = 163 / 20_480
growth = 514 / 129
longest_n_in_l2 = 81_920
