"""Counts S and forgets P.
Told: S and P both lie in HBM
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 200_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = 204_840_000
