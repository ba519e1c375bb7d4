"""Moves the LSE in float16.
Told: The LSE is float32
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = 204_820_000
