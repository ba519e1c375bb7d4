"""Truncates, then looks at what was cut off."""


def round_mantissa(x, bits):
    drop = np.uint32(23 - bits)
    u = x.view(np.uint32)
    low = u & np.uint32(2 ** int(drop) - 1)
    kept = u >> drop
    half = np.uint32(2 ** (int(drop) - 1))
    up = (low > half) | ((low == half) & (kept % 2 == 1))
    return ((kept + up.astype(np.uint32)) << drop).view(np.float32)
