"""The old sum forgotten.
Check: hand_trace_online__second_block
Told: the second block alone
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.5
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
