"""Is a named pipe: whoever opens it waits for ever."""

import os

MARK = 0
TOLD = "is no file"


def edit(notebook, folder):
    os.mkfifo(folder / "01_naive_attention.ipynb")
    return False
