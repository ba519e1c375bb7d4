"""Multiplies the new term.
Check: claims_work__rescale
Told: The factor belongs to the old sum
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 4.25
l_claimed = 5
