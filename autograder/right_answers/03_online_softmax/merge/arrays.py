"""With arrays, in float32."""


def merge(a, b):
    m, l = np.array([a, b], np.float32).T
    top = m.max()
    return top, (l * np.exp(m - np.nan_to_num(top, neginf=0.0))).sum()
