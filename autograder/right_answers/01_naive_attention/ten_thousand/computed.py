"""Computes everything with NumPy."""

scores_10k = np.int64(10_000) ** 2
score_bytes_10k = scores_10k * np.dtype(np.float32).itemsize
layer_bytes_10k = 2 * 32 * score_bytes_10k
cards_that_hold_it = {"A100-40", "A100-80", "H100"}
