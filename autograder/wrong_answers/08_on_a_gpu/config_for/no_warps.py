"""num_warps is missing.
Check: config_for__launch
Told: Return dict(
"""


def config_for(card):
    return dict(BLOCK_M=64, BLOCK_N=64, num_stages=2)
