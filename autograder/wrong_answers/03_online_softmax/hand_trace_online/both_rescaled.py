"""The new terms rescaled too.
Check: hand_trace_online__second_block
Told: belongs to the old sum alone
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 0.75
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
