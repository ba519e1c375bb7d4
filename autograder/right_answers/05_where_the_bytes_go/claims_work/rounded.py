"""Rounded decimals."""

training_ratio = 1.1667
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 1.778
l_right = 1.25
l_claimed = 5.0
