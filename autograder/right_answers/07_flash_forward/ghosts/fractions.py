"""Fractions."""

l_ghosts = 5 + 3
out_ghosts = 40 / 8
l_masked = 5.0
out_masked = 40 / 5
