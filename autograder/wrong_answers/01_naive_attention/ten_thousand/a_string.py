"""Writes one name.
Check: ten_thousand__cards
Told: Write a list of names
"""

scores_10k = 10**8
score_bytes_10k = 4 * 10**8
layer_bytes_10k = 256 * 10**8
cards_that_hold_it = "A100-40"
