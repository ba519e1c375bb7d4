"""Decimals, a tuple."""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = (0.1333, 0.0667, 0.5333, 0.2667)
