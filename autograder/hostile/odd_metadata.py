"""Has lists, numbers and null where metadata belongs."""

MARK = 26


def edit(notebook, folder):
    odd = [None, 7, ["nbgrader"], {"nbgrader": None}, {"nbgrader": [1]}, {"tags": 5}]
    for i, c in enumerate(notebook["cells"]):
        c["metadata"] = odd[i % len(odd)]
    notebook["metadata"] = None
