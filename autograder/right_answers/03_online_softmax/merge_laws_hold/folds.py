"""Every order of a list of pieces gives the state of the whole."""


def merge_laws_hold(merge):
    from functools import reduce
    from itertools import permutations

    pieces = [[-7.0, -6.5], [], [900.0], [-6.5], []]
    ok = True
    for some in (pieces[:2] + pieces[3:], pieces):
        for order in permutations(some):
            got = reduce(merge, [state_of(x) for x in order])
            ok = ok and np.allclose(got, state_of(sum(order, [])))
            back = reduce(lambda a, b: merge(b, a), [state_of(x) for x in order])
            ok = ok and np.allclose(back, got)
    return np.bool_(ok)
