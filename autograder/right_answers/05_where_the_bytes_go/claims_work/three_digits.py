"""Three significant digits."""

training_ratio = 1.17
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 1.78
l_right = 1.25
l_claimed = 5
