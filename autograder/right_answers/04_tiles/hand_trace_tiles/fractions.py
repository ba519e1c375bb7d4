"""Fractions and tuples."""

l_first = 3 / 2
acc_first = (9 / 2, 9)
alpha = 1 / 2
l_second = 9 / 4
acc_second = (99 / 4, 9.0)
trips_q = 2
trips_kv = 8
trips_out = 2
