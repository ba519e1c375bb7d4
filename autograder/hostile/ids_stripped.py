"""Has lost all metadata and the cells' ids: answers are found by what they define."""

MARK = 26
TOLD = "lost its name"


def edit(notebook, folder):
    for c in notebook["cells"]:
        c["metadata"] = {}
        del c["id"]
