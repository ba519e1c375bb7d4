"""Computes the row instead of writing it down."""

exp_scores_row2 = np.exp(q4[2] @ k4.T)
row_sum_row2 = exp_scores_row2.sum()
out_row2 = exp_scores_row2 / row_sum_row2 @ v4
trips_scores, trips_softmax, trips_output = 4 * 3, 4 + 4, 2 * 5
