"""Writes the order of growth.
Told: not a number
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = "O(N)"
