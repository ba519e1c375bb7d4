"""Looks for visible scores in each tile of the mask."""

training_ratio = 7 / 6
busy_sms_64 = 64
busy_sms_128 = 32
causal_gain = 64 / np.tri(1024).reshape(8, 128, 8, 128).any(axis=(1, 3)).sum()
l_right = (2 + 8) / 8
l_claimed = 5
