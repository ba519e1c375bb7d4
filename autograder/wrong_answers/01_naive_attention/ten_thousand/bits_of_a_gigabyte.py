"""Takes float32 for 32 bytes.
Check: ten_thousand__scores
Told: A float32 takes 4 bytes
"""

scores_10k = 10**8
score_bytes_10k = 32 * 10**8
layer_bytes_10k = 256 * 10**8
cards_that_hold_it = ["A100-40", "A100-80", "H100"]
