"""Makes 78.125 visits.
Told: A part of a tile is a whole visit
"""

flops_three_steps = 4 * 10_000**2 * 64
flops_flash = 4 * 10_000**2 * 64
extra_three_steps = 400_000_000
extra_flash = 40_000
hbm_three_steps = 805_120_000
hbm_flash = (2 * 10_000 * 64 + 10_000 / 128 * 2 * 10_000 * 64) * 2 + 40_000
