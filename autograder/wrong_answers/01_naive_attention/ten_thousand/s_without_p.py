"""Counts S and forgets P.
Check: ten_thousand__scores
Told: each keeps two such matrices
"""

scores_10k = 10**8
score_bytes_10k = 4 * 10**8
layer_bytes_10k = 128 * 10**8
cards_that_hold_it = ["A100-40", "A100-80", "H100"]
