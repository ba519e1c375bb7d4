"""A Python loop with round(), which takes ties to even."""

import math


def round_mantissa(x, bits):
    out = np.empty_like(x)
    for i, value in enumerate(x.ravel()):
        fraction, exponent = math.frexp(float(value))
        out.ravel()[i] = math.ldexp(round(fraction * 2 ** (bits + 1)), exponent - bits - 1)
    return out
