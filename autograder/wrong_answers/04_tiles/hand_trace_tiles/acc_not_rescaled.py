"""Adds to the old accumulator as it is.
Told: acc is not rescaled
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = [27, 13.5]
trips_q = 2
trips_kv = 8
trips_out = 2
