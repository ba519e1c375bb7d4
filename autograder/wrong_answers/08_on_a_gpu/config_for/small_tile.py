"""BLOCK_M = 64 on the H100.
Check: config_for__fast
Told: a smaller BLOCK_M moves more bytes
"""


def config_for(card):
    sizes = {
        "T4": (16, 16, 4, 1),
        "A100": (128, 64, 8, 2),
        "H100": (64, 64, 4, 3),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
