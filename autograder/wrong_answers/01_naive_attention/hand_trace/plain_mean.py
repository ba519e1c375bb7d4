"""Takes the plain mean of V.
Check: hand_trace__output
Told: That is the plain mean of V
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [9, 4.5]
trips_scores, trips_softmax, trips_output = 12, 8, 10
