"""Is 40 MB of empty lists, which take 3 GB of memory to read."""

MARK = 0
TOLD = "too much memory"


def edit(notebook, folder):
    return b'{"cells": [' + b"[]," * 13_000_000 + b"[]]}"
