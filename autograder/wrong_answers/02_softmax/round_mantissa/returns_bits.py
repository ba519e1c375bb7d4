"""Returns the integers.
Told: Turn the bits back
"""


def round_mantissa(x, bits):
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    return (u >> drop) << drop
