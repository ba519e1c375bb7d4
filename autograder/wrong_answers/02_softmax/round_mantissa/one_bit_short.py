"""Counts the leading 1 as a kept bit.
Told: One bit too few
"""


def round_mantissa(x, bits):
    f, e = np.frexp(x.astype(np.float64))
    return np.ldexp(np.rint(f * 2.0**bits), e - bits).astype(np.float32)
