"""Arrays, more scores."""

exposes_a = np.arange(6.0)
exposes_b = np.full(3, -150.0)
exposes_c = np.linspace(-2, 3, 6)
