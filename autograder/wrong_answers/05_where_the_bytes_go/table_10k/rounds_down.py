"""Makes 78 visits.
Told: 10,000 / 128 is 78.125
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = (2 * 10_000 * 64 + 78 * 2 * 10_000 * 64) * 2 + 40_000
