"""Was saved in the notebook format of 2014."""

MARK = 26


def edit(notebook, folder):
    for c in notebook["cells"]:
        c["input"] = c.pop("source")
        del c["id"]
    notebook |= {"nbformat": 3, "worksheets": [{"cells": notebook.pop("cells")}]}
