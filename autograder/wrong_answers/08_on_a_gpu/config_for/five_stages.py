"""Too many stages on the A100.
Check: config_for__launch
Told: an A100 has 163 KB
"""


def config_for(card):
    sizes = {
        "T4": (16, 16, 4, 1),
        "A100": (128, 64, 8, 6),
        "H100": (128, 64, 8, 3),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
