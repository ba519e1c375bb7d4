"""The maximum norm."""


def accepts(got, plain, exact, floor):
    size = lambda a: np.linalg.norm(a, np.inf)  # noqa: E731
    return size(got - exact) <= 2 * size(plain - exact) + floor
