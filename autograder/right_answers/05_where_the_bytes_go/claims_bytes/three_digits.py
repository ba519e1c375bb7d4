"""Three significant digits."""

one_block_share = 0.00786
growth = 3.98
longest_n_in_l2 = 81_920
