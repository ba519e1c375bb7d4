"""Divides after the first block.
Told: Do not divide by l yet
"""

l_first = 1.5
acc_first = [3, 6]
alpha = 0.5
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
