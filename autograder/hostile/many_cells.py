"""Has 10,000 cells."""

MARK = 0
TOLD = "more than 2,000"


def edit(notebook, folder):
    notebook["cells"] = notebook["cells"] * 300
