"""exp(-2): forgot the unit of m.
Told: in units of ln 2
"""

m_first = 1
l_first = 1.5
m_second = 3
alpha = np.exp(-2)
l_second = 1.875
weights = [2 / 15, 1 / 15, 8 / 15, 4 / 15]
