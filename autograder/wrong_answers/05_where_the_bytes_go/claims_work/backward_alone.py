"""Leaves the forward pass out.
Check: claims_work__counted
Told: That is the backward pass alone
"""

training_ratio = 5 / 4
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
