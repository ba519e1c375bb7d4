"""The factor upside down.
Told: the factor is never above 1
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 2
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
