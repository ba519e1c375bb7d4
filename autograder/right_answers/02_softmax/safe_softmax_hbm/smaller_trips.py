"""One score a trip: same bytes."""


def safe_softmax_hbm(x, y, block):
    m = max(float(x[i]) for i in range(len(x)))
    total = sum(float(np.exp(x[i] - m)) for i in range(len(x)))
    for i in range(len(x)):
        y[i] = np.exp(x[i] - m) / total
