"""Never tries equal maxima.
Check: merge_laws_hold__catches
Told: when the maxima are equal
"""


def merge_laws_hold(merge):
    lists = [[], [0.5, 0.2], [-3.0, -4.0, -3.5], [7.0], [1000.0, 999.0], [-1000.0]]
    for i, x in enumerate(lists):
        for j, y in enumerate(lists):
            if (i != j or not x) and not np.allclose(
                merge(state_of(x), state_of(y)), state_of(x + y)
            ):
                return False
    return True
