"""Keeps one bit more.
Told: One bit too many
"""


def round_mantissa(x, bits):
    f, e = np.frexp(x.astype(np.float64))
    return np.ldexp(np.rint(f * 2.0 ** (bits + 2)), e - bits - 2).astype(np.float32)
