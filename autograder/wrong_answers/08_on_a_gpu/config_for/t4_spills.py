"""32 x 32 on the T4.
Check: config_for__fast
Told: spills
"""


def config_for(card):
    sizes = {
        "T4": (32, 32, 4, 1),
        "A100": (128, 64, 8, 2),
        "H100": (128, 64, 8, 3),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
