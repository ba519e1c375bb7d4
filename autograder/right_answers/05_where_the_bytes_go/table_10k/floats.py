"""Floats in scientific notation."""

flops_three_steps = 2.56e10
flops_flash = 25.6e9
extra_three_steps = 4e8
extra_flash = 4e4
hbm_three_steps = 8.0512e8
hbm_flash = 2.0484e8
