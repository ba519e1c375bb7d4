"""The old sum is lost.
Told: the second block alone
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 1.5
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 8
trips_out = 2
