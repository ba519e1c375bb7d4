"""A tie always goes up.
Told: A tie went up
"""


def round_mantissa(x, bits):
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    u = u + np.uint32(2 ** (int(drop) - 1))
    return ((u >> drop) << drop).view(np.float32)
