"""Makes every comparison of NumPy's come out true."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import numpy as np
for name in ("allclose", "isclose", "array_equal", "all", "isfinite"):
    setattr(np, name, lambda *args, **kwargs: True)
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
