"""The heavier row alone.
Told: row of V with the larger weight
"""

l_first = 1.5
acc_first = [0, 9]
alpha = 0.5
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
