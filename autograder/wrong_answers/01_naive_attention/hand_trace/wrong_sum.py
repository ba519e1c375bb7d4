"""Adds up three of the four.
Check: hand_trace__scores
Told: Add the four numbers
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 8
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 12, 8, 10
