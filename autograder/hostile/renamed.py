"""Was renamed on the way."""

MARK = 26
FILE = "01_naive_attention (2) final.ipynb"


def edit(notebook, folder):
    pass
