"""A number for a list.
Check: hand_trace_online__weights
Told: expected (4,)
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = 1.0
