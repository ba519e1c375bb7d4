"""An array and whole floats."""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = np.array([24.75, 9])
trips_q = 2.0
trips_kv = 2 * (2 + 2)
trips_out = 2
