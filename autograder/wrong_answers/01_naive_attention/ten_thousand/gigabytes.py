"""Writes GB.
Check: ten_thousand__scores
Told: That is in kB, MB or GB: write bytes
"""

scores_10k = 10**8
score_bytes_10k = 0.4
layer_bytes_10k = 25.6
cards_that_hold_it = ["A100-40", "A100-80", "H100"]
