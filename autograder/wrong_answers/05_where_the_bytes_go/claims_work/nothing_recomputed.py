"""Believes that nothing is recomputed.
Check: claims_work__counted
Told: The backward pass computes S again
"""

training_ratio = 1
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
