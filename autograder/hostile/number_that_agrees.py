"""A number that says it equals whatever it is compared with."""

from autograder.hostile import answer

MARK = 24
SOURCE = """
class Agrees(float):
    __eq__ = __ge__ = __le__ = __gt__ = __lt__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __sub__ = __rsub__ = lambda self, other: 0.0
    __hash__ = float.__hash__


scores_10k = Agrees(1)
score_bytes_10k = Agrees(2)
layer_bytes_10k = Agrees(3)
cards_that_hold_it = ["A100-40", "A100-80", "H100"]
"""


def edit(notebook, folder):
    answer(notebook, SOURCE, "ten_thousand")
