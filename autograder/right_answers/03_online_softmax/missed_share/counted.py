"""Counted by drawing."""

g = np.random.default_rng(1)
missed_ascending, missed_descending, missed_equal = np.float64(0), np.float64(1), np.float64(1)
missed_random = round(float((g.random((100_000, 8)).argmax(axis=1) < 2).mean()), 2)
missed_four_rows = missed_random**4
