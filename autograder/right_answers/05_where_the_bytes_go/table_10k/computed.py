"""NumPy integers and the learner's own functions."""

flops_three_steps = np.int64(4) * 10_000 * 10_000 * 64
flops_flash = flops_three_steps
extra_three_steps = 2 * 10_000**2 * np.dtype(np.float16).itemsize
extra_flash = np.zeros(10_000, np.float32).nbytes
hbm_three_steps = 2 * (4 * 10_000 * 64 + 4 * 10_000**2)
hbm_flash = flash_traffic_bytes(10_000, 10_000, 64, 128, 32, 2, "q", 4)
