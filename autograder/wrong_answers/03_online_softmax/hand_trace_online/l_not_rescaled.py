"""Old and new sum added.
Check: hand_trace_online__second_block
Told: The old sum is not rescaled
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = 0.25
l_second = 3
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
