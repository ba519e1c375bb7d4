"""Divides the old by the new.
Check: claims_work__counted
Told: The other way round
"""

training_ratio = 6 / 7
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
