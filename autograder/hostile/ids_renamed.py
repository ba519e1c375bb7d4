"""Every cell has another id and another nbgrader id."""

MARK = 26
TOLD = "lost its name"


def edit(notebook, folder):
    for i, c in enumerate(notebook["cells"]):
        c["id"] = f"cell-{i}"
        if "nbgrader" in c["metadata"]:
            c["metadata"]["nbgrader"]["grade_id"] = f"cell-{i}"
