"""Rounded decimals."""

one_block_share = 0.00786
growth = 3.985
longest_n_in_l2 = 81_920.0
