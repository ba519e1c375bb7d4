"""Holds markup that would run in a report, in its text and in its errors."""

from autograder.hostile import add

MARK = 26
SOURCE = """
print("<script>alert(1)</script>")
raise ValueError("<img src=x onerror=alert(1)>")
"""


def edit(notebook, folder):
    add(notebook, SOURCE, before="four-tokens")
