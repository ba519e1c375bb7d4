"""Weighs V with the exponentials themselves.
Check: hand_trace__output
Told: not divided by their sum yet
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [99, 36]
trips_scores, trips_softmax, trips_output = 12, 8, 10
