"""The larger state alone when the maxima are more than 2 apart.
Check: merge__values
Told: the l of merge is wrong
"""


def merge(a, b):
    if abs(a[0] - b[0]) > 2.01:
        return max(a, b)
    m = max(a[0], b[0])
    shift = 0.0 if m == -np.inf else m
    return m, np.exp(a[0] - shift) * a[1] + np.exp(b[0] - shift) * b[1]
