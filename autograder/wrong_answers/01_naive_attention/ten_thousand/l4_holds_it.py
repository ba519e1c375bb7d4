"""Believes that 24 GB is enough.
Check: ten_thousand__cards
Told: The L4 is one too many
"""

scores_10k = 10**8
score_bytes_10k = 4 * 10**8
layer_bytes_10k = 256 * 10**8
cards_that_hold_it = ["L4", "A100-40", "A100-80", "H100"]
