"""Counts scores instead of tiles.
Check: claims_work__counted
Told: a tile with one of them is computed as a whole
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 1024**2 / (1024 * 1025 / 2)
l_right = 1.25
l_claimed = 5
