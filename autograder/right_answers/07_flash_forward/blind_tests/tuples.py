"""Tuples, in another order."""

catch_a = (3,)
catch_b = (4, 2)
catch_c = (4, 3)
