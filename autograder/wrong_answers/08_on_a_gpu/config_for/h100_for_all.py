"""The configuration of the H100 for the T4.
Check: config_for__launch
Told: a T4 has 64 KB
"""


def config_for(card):
    sizes = {
        "T4": (128, 64, 8, 3),
        "A100": (128, 64, 8, 3),
        "H100": (128, 64, 8, 3),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
