"""Believes the claim.
Told: That is what the claim says
"""

one_block_share = 163 / (108 * 192)
growth = 2
longest_n_in_l2 = 81_920
