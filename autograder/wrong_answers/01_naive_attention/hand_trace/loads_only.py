"""Counts loads and forgets stores.
Check: hand_trace__trips
Told: needs a tile of Q and a tile of K, and is stored
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 8, 4, 8
