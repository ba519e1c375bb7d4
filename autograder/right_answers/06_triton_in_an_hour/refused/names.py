"""Names, in another order."""

refused = ("sum_f", "sum_e", "sum_c", "sum_b")
