"""Has all checks before all answers."""

MARK = 26


def edit(notebook, folder):
    notebook["cells"].sort(key=lambda c: "__" not in c["id"])
