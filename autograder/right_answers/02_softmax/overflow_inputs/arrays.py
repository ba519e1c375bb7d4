"""NumPy arrays."""

breaks_fp16 = np.full(8, 12.0)
breaks_fp32 = np.array([0.0, 90.0])
