"""The factor upside down.
Check: hand_trace_online__second_block
Told: the factor is never above 1
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 4
l_second = 7.5
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
