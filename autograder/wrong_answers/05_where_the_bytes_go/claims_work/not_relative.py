"""Adds the exponentials.
Check: claims_work__rescale
Told: Relative to the new maximum
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 10
l_claimed = 5
