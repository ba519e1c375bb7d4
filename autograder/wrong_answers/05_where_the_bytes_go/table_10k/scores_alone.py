"""Forgets Q, K, V and O.
Told: Q, K, V and O cross too
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 800_000_000
hbm_flash = 204_840_000
