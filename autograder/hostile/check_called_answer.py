"""Marks the checks as answers, with the text of a pass."""

from autograder.hostile import WRONG, answer

MARK = 20


def edit(notebook, folder):
    answer(notebook, WRONG)
    for c in notebook["cells"]:
        if "__" in c["id"]:
            c["metadata"]["nbgrader"] |= {"solution": True, "grade": False}
            c["source"] = "print('passed')"
