"""The old sum times 4.
Check: hand_trace_online__second_block
Told: the inverse of the factor
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 7.5
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
