"""Has lost an answer cell: that exercise gets 0, the others their marks."""

from autograder.hostile import cell

MARK = 20
TOLD = "the answer cell naive_attention is missing"


def edit(notebook, folder):
    notebook["cells"].remove(cell(notebook, "naive_attention"))
