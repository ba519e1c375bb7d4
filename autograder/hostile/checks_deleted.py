"""Has no checks any more."""

MARK = 26


def edit(notebook, folder):
    notebook["cells"] = [c for c in notebook["cells"] if "__" not in c["id"]]
