"""One score a trip: same bytes."""


def online_softmax_hbm(x, y, block):
    m, l = -np.inf, 0.0
    for i in range(len(x)):
        m, l = update(m, l, x[i : i + 1])
    for i in range(len(x)):
        y[i] = np.exp(x[i] - m) / l
