"""One score is enough for B."""

exposes_a = [3, -1, 4]
exposes_b = [-250]
exposes_c = (1, 2, 3)
