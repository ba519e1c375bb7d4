"""A function of cases."""


def config_for(card):
    config = {"BLOCK_M": 128, "BLOCK_N": 64, "num_warps": 8, "num_stages": 2}
    if card == "T4":
        config |= {"BLOCK_M": 16, "BLOCK_N": 16, "num_warps": 4}
    return config
