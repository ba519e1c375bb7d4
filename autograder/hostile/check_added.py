"""Adds a check of its own with 1,000 points."""

from autograder.hostile import WRONG, add, answer

MARK = 20


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, "1000")
    made = notebook["cells"][-1]
    made["metadata"]["nbgrader"] = {
        "grade": True,
        "grade_id": "bonus",
        "points": 1000,
        "schema_version": 3,
        "solution": False,
        "locked": True,
        "task": False,
        "cell_type": "code",
    }
