"""Takes 4 bytes an element.
Told: float16: 2 bytes an element
"""

one_block_share = 163 / (108 * 192)
growth = 514 / 129
longest_n_in_l2 = 40_960
