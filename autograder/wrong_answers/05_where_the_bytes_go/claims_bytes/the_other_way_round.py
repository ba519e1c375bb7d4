"""Divides the whole by the block.
Told: The other way round: block / all
"""

one_block_share = 108 * 192 / 163
growth = 514 / 129
longest_n_in_l2 = 81_920
