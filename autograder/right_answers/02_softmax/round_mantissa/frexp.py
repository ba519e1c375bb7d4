"""Fraction and exponent; rint takes ties to even."""


def round_mantissa(x, bits):
    f, e = np.frexp(x)
    return np.ldexp(np.rint(f * np.float32(2.0 ** (bits + 1))), e - bits - 1).astype(np.float32)
