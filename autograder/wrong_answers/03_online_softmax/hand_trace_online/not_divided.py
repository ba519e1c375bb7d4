"""The weights not divided.
Check: hand_trace_online__weights
Told: divide by the final sum
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [1 / 4, 1 / 8, 1, 1 / 2]
