"""Returns all three.
Check: config_for__launch
Told: Return dict(
"""


def config_for(card):
    return {name: dict(BLOCK_M=64, BLOCK_N=64, num_warps=4, num_stages=2) for name in (card,)}
