"""Ignores bits.
Told: That always keeps 7 bits
"""


def round_mantissa(x, bits):
    f, e = np.frexp(x.astype(np.float64))
    return np.ldexp(np.rint(f * 2.0**8), e - 8).astype(np.float32)
