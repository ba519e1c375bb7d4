"""Believes that every SM works.
Check: claims_work__counted
Told: How many tiles of queries are there
"""

training_ratio = 7 / 6
busy_sms_64 = 108
busy_sms_128 = 32
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
