"""Reads the whole row.
Told: The SRAM overflows
"""


def safe_softmax_hbm(x, y, block):
    row = x[:]
    row = np.exp(row - row.max())
    y[:] = row / row.sum()
