"""Has lost the set-up cell and all prose."""

MARK = 26


def edit(notebook, folder):
    notebook["cells"] = [
        c for c in notebook["cells"] if "nbgrader" in c["metadata"] and c["id"] != "setup"
    ]
