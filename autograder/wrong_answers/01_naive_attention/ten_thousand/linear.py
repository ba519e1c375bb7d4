"""Takes the scores to be linear in N.
Check: ten_thousand__scores
Told: Every one of 10,000 queries meets 10,000 keys
"""

scores_10k = 10**4
score_bytes_10k = 4 * 10**8
layer_bytes_10k = 256 * 10**8
cards_that_hold_it = ["A100-40", "A100-80", "H100"]
