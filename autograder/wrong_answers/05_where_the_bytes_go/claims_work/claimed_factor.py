"""Uses the claimed factor.
Check: claims_work__rescale
Told: That is with the claimed factor
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 5
l_claimed = 5
