"""A word for a number.
Check: hand_trace_online__first_block
Told: not a number
"""

m_first = "ln 2"
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
