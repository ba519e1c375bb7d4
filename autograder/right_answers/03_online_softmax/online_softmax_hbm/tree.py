"""States merged in pairs."""


def online_softmax_hbm(x, y, block):
    def state(start, stop):
        if stop - start <= block:
            return update(-np.inf, 0.0, x[start:stop])
        half = (start + stop) // 2
        (m1, l1), (m2, l2) = state(start, half), state(half, stop)
        m = max(m1, m2)
        return m, l1 * np.exp(m1 - m) + l2 * np.exp(m2 - m)

    m, l = state(0, len(x))
    for i in range(0, len(x), block):
        end = min(i + block, len(x))
        y[i:end] = np.exp(x[i:end] - m) / l
