"""NumPy computes it."""

training_ratio = (2 + 5) / (2 + 4)
busy_sms_64 = min(4096 // 64, card("A100").sms)
busy_sms_128 = min(4096 // 128, card("A100").sms)
causal_gain = 64 / np.tri(8).sum()
l_right = np.exp(np.log(2) - np.log(8)) + 1
l_claimed = np.exp(np.log(8) - np.log(2)) + 1
