"""No maximum subtracted.
Check: hand_trace_online__first_block
Told: Subtract the maximum before
"""

m_first = 1
l_first = 3
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
