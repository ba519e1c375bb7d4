"""Writes floats and a tuple."""

scores_10k = 1e8
score_bytes_10k = 4e8
layer_bytes_10k = 2.56e10
cards_that_hold_it = ("H100", "A100-80", "A100-40")
