"""The exponent for the factor.
Check: hand_trace_online__second_block
Told: take exp
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = -2
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
