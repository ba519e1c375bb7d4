"""Does not subtract the maximum.
Told: Subtract the maximum ln 2 first
"""

l_first = 3
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
