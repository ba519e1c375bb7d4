"""Writes tuples and floats."""

exp_scores_row2 = (1.0, 2.0, 2.0, 4.0)
row_sum_row2 = 9.0
out_row2 = (11.0, 4.0)
trips_scores, trips_softmax, trips_output = 12.0, 8.0, 10.0
