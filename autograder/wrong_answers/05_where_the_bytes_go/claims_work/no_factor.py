"""Uses no factor.
Check: claims_work__rescale
Told: The old sum has m_old in it
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 2
l_claimed = 5
