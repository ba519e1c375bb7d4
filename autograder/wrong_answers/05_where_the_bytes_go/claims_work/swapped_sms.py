"""Swaps the SMs.
Check: claims_work__counted
Told: A smaller BLOCK_M makes more tiles
"""

training_ratio = 7 / 6
busy_sms_64 = 32
busy_sms_128 = 64
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
