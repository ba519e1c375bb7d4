"""Gives the output for the accumulator.
Told: Do not divide yet
"""

l_first = 1.5
acc_first = [4.5, 9]
alpha = 0.5
l_second = 2.25
acc_second = [11, 4]
trips_q = 2
trips_kv = 8
trips_out = 2
