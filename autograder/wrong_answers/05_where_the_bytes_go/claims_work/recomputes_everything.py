"""Computes all again, backward.
Check: claims_work__counted
Told: Only S is computed again
"""

training_ratio = 3 / 2
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
