"""Each block normalised by itself.
Check: hand_trace_online__weights
Told: Each block is normalised by itself
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [2 / 3, 1 / 3, 2 / 3, 1 / 3]
