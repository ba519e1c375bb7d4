"""Has NaN, huge numbers and an unknown key in its JSON."""

MARK = 26


def edit(notebook, folder):
    notebook["extra"] = {"a": float("nan"), "b": 10**400, "c": [[]] * 1000}
