"""Leaves the tiles on the diagonal out.
Check: claims_work__counted
Told: The tiles on the diagonal must be computed too
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 28
l_right = 1.25
l_claimed = 5
