"""Changes the input.
Told: in place
"""


def round_mantissa(x, bits):
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    u += np.uint32(2 ** (int(drop) - 1) - 1) + ((u >> drop) & np.uint32(1))
    u &= np.uint32(2**32 - 2 ** int(drop))
    return x
