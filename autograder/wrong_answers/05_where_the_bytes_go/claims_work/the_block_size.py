"""Writes the block for the programs.
Check: claims_work__counted
Told: How many tiles of queries are there
"""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 128
causal_gain = 64 / 36
l_right = 1.25
l_claimed = 5
