"""Loads S for the sum and again for P.
Check: hand_trace__trips
Told: A tile of S is loaded once
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores = 12
trips_softmax = 12
trips_output = 10
