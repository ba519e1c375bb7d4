"""Computed."""

x = np.log([2.0, 1, 8, 4])
m_first, m_second = x[:2].max() / np.log(2), x.max() / np.log(2)
l_first = np.exp(x[:2] - x[:2].max()).sum()
l_second = np.exp(x - x.max()).sum()
alpha = np.exp(x[:2].max() - x.max())
weights = np.exp(x) / np.exp(x).sum()
