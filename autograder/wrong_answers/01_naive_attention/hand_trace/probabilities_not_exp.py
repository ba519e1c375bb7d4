"""Divides by the sum too early.
Check: hand_trace__scores
Told: already divided by the row's sum
"""

exp_scores_row2 = [1 / 9, 2 / 9, 2 / 9, 4 / 9]
row_sum_row2 = 1
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 12, 8, 10
