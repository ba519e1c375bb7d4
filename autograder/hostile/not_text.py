"""Is a picture with a notebook's name."""

MARK = 0
TOLD = "is not text"


def edit(notebook, folder):
    return b"\x89PNG\r\n\x1a\n\xff\xfe"
