"""Just above the logarithm of the largest number."""

breaks_fp16 = (float(np.log(65504.0)) + 0.05,)
breaks_fp32 = (float(np.log(3.4028235e38)) + 0.05, -3)
