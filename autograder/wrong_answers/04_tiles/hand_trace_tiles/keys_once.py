"""Loads K and V once.
Told: Every tile of Q needs all tiles of K
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = [24.75, 9]
trips_q = 2
trips_kv = 4
trips_out = 2
