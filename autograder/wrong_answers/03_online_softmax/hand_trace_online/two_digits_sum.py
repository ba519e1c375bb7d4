"""A rounded sum.
Told: to four digits
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.88
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
