"""Stores O after each product.
Check: hand_trace__trips
Told: is stored once, after both products
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores = 12
trips_softmax = 8
trips_output = 12
