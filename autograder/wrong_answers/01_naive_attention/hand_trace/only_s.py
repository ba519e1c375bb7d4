"""Counts S alone.
Check: hand_trace__trips
Told: S has four tiles and P has four
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores = 12
trips_softmax = 4
trips_output = 10
