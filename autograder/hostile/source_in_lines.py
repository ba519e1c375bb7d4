"""Has sources as lists of lines, some of them no text."""

MARK = 26


def edit(notebook, folder):
    for c in notebook["cells"]:
        c["source"] = [*c["source"].splitlines(keepends=True), None, 7]
