"""Writes a word where a number is asked for.
Check: hand_trace__trips
Told: trips_softmax is 'eight', not a number
"""

exp_scores_row2 = [1, 2, 2, 4]
row_sum_row2 = 9
out_row2 = [11, 4]
trips_scores, trips_softmax, trips_output = 12, "eight", 10
