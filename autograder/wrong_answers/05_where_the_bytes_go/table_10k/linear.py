"""Believes that K and V cross once.
Told: K and V cross once for each tile of queries
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = 4 * 10_000 * 64 * 2
