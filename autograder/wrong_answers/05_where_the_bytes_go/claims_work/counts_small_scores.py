"""Counts the visible scores of 64 tokens.
Check: claims_work__counted
Told: a tile with one of them is computed as a whole
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64**2 / (64 * 65 / 2)
l_right = 1.25
l_claimed = 5
