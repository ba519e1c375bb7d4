"""Swaps the columns of the bytes.
Told: The columns are swapped
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 204_840_000
hbm_flash = 805_120_000
