"""Returns x.
Told: Nothing is rounded
"""


def round_mantissa(x, bits):
    return x.copy()
