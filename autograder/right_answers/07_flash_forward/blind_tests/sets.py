"""Sets."""

catch_a, catch_b, catch_c = {3}, {4, 2}, {3, 4}
