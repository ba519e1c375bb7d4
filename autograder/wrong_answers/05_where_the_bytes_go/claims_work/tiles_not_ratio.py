"""Writes the number of tiles.
Check: claims_work__counted
Told: Divide all 64 tiles by those
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 36
l_right = 1.25
l_claimed = 5
