"""exp(m) for m.
Check: hand_trace_online__first_block
Told: write m itself
"""

m_first = 2
l_first = 1.5
m_second = 8
alpha = 0.25
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
