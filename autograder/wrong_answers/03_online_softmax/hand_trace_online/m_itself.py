"""ln 2 instead of units of it.
Check: hand_trace_online__first_block
Told: in units of ln 2
"""

m_first = 0.693
l_first = 1.5
m_second = 2.079
alpha = 0.25
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
