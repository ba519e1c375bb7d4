"""128 x 128 with 4 stages.
Check: config_for__launch
Told: an H100 has 227 KB
"""


def config_for(card):
    sizes = {
        "T4": (16, 16, 4, 1),
        "A100": (128, 64, 8, 2),
        "H100": (128, 128, 8, 4),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
