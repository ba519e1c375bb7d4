"""Is an empty file."""

MARK = 0
TOLD = "is empty"


def edit(notebook, folder):
    return b""
