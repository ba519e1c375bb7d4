"""Has its cells in the reverse order."""

MARK = 26


def edit(notebook, folder):
    notebook["cells"].reverse()
