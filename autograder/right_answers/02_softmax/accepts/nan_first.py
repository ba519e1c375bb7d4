"""Looks for NaN first."""


def accepts(got, plain, exact, floor):
    if not np.isfinite(got).all():
        return False
    return not (np.abs(got - exact) > 2 * np.abs(plain - exact).max() + floor).any()
