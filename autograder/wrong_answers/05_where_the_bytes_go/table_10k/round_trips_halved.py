"""Lets S and P cross once each.
Told: S and P are each written and read
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 405_120_000
hbm_flash = 204_840_000
