"""Claims a notebook format of the future."""

MARK = 26


def edit(notebook, folder):
    notebook["nbformat"] = 9
