"""A tie always goes down.
Told: A tie went down
"""


def round_mantissa(x, bits):
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    u = u + np.uint32(2 ** (int(drop) - 1) - 1)
    return ((u >> drop) << drop).view(np.float32)
