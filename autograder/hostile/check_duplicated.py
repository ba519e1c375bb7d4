"""Has every check three times."""

import copy

MARK = 26


def edit(notebook, folder):
    for c in list(notebook["cells"]):
        if "__" in c["id"]:
            notebook["cells"] += [copy.deepcopy(c), copy.deepcopy(c)]
