"""Is JSON, but no notebook."""

MARK = 0
TOLD = "is JSON, but not a notebook"


def edit(notebook, folder):
    return b'[{"cells": []}]'
