"""Misspells a card.
Check: ten_thousand__cards
Told: 'A100' is none of
"""

scores_10k = 10**8
score_bytes_10k = 4 * 10**8
layer_bytes_10k = 256 * 10**8
cards_that_hold_it = ["A100", "H100"]
