"""No maximum in the second sum.
Told: Subtract the maximum 2 ln 2
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 9
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
