"""NumPy computes it."""

l_first = np.exp(np.log([1, 2]) - np.log(2)).sum()
acc_first = np.array([0.5, 1.0]) @ [[9, 0], [0, 9]]
alpha = np.exp(np.log(2) - np.log(4))
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
