"""The operations from the intensity."""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = intensity(10_000, 10_000, 64, 1)
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = 2 * 64 * 10_000 * 2 * (1 + 79) + 40_000
