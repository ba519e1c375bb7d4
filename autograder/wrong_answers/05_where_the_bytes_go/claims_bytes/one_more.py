"""Takes the first N that does not fit.
Told: do not fit any more
"""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = 81_921
