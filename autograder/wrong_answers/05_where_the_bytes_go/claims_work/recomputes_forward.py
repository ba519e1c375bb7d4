"""Lets the forward pass compute S twice.
Check: claims_work__counted
Told: The forward pass recomputes nothing
"""

training_ratio = 8 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
