"""Loads Q for each tile of K.
Told: stays on the board for both
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 4
trips_kv = 8
trips_out = 2
