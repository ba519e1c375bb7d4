"""np.allclose with its own rtol.
Check: accepts__wrong_ones
Told: no tolerance relative
"""


def accepts(got, plain, exact, floor):
    own = np.abs(plain - exact)
    return bool(np.allclose(got, exact, atol=2 * own.max() + floor))
