"""Rounded weights.
Told: to four digits
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [0.13, 0.07, 0.53, 0.27]
