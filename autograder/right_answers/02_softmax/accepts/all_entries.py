"""Every entry on its own."""


def accepts(got, plain, exact, floor):
    allowed = 2 * np.abs(plain - exact).max() + floor
    return bool((np.abs(got - exact) <= allowed).all())
