"""The largest that fit."""


def config_for(card):
    sizes = {
        "T4": (16, 16, 4, 3),
        "A100": (128, 64, 8, 3),
        "H100": (128, 128, 8, 3),
    }[card]
    return dict(zip(("BLOCK_M", "BLOCK_N", "num_warps", "num_stages"), sizes, strict=True))
